import type { IExecuteFunctions } from 'n8n-workflow';
import { InvalidInputError } from '../../messaging/invalid-input-error';
import { quoted } from '../../messaging/text-bounds';

/** By the run of a node, so that a list says it once. */
const told = new WeakMap<IExecuteFunctions, Set<string>>();

/** Tells whoever looks at the run of a variable that nothing filled; once each. */
export function hintOfUnfilled(context: IExecuteFunctions): (name: string) => void {
	const names = told.get(context) ?? new Set<string>();
	told.set(context, names);
	return (name) => {
		if (names.has(name)) return;
		names.add(name);
		const shown = quoted(`{{${name}}}`);
		const message = name.startsWith('$')
			? `The prompt has ${shown}, which n8n works out only in a field that is switched from <b>Fixed</b> to <b>Expression</b>; nothing was put in.`
			: `Nothing is known for ${shown} in the prompt, so nothing was put in. Add a fact of that name to the contact, or say what stands there instead: {{${name}|...}}.`;
		context.addExecutionHints({ message, type: 'warning', location: 'outputPane' });
	};
}

/** A name alone is nothing that n8n knows, but for these. */
const OF_LANGUAGE = new Set(['true', 'false', 'null', 'undefined', 'NaN', 'Infinity']);
const VARIABLE = /\{\{\s*([\p{L}_][\p{L}\p{N}_ -]{0,100}?)\s*(?:\|(?!\|)[^{}]*)?\}\}/gu;

/** The first variable that n8n would work out itself, and turn into nothing or a number. */
export function variableInExpression(raw: unknown): string | undefined {
	if (typeof raw !== 'string' || !raw.startsWith('=')) return undefined;
	const found = [...raw.matchAll(VARIABLE)].find(([, name = '']) => !OF_LANGUAGE.has(name));
	return found?.[0];
}

/** Throws InvalidInputError where the field is an expression, in which n8n works variables out itself. */
export function assertNotWorkedOut(
	context: IExecuteFunctions,
	itemIndex: number,
	parameter: string,
	field: string,
): void {
	const raw: unknown = context.getNodeParameter(parameter, itemIndex, '', {
		rawExpressions: true,
	});
	const found = variableInExpression(raw);
	if (found !== undefined) throw workedOut(found, field);
}

export function workedOut(variable: string, field: string): InvalidInputError {
	return new InvalidInputError({
		field,
		cause: `it is an expression, in which n8n works out ${quoted(variable)} itself and finds nothing`,
		fix: 'Switch the field from Expression to Fixed (above it, at the right) to have the facts of the contact put in. In an expression use what n8n knows, such as {{ $json.contact }}.',
	});
}
