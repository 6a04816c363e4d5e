import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { withoutVariables } from '../../shared/composing/variables';
import { InvalidInputError } from '../../shared/messaging/invalid-input-error';
import { quoted } from '../../shared/messaging/text-bounds';
import type { PlannedText } from '../plan-text';
import { MESSAGE } from '../tool/tool-fields';
import { CHECK_FIRST } from './list-options';

/** What expressions leave behind where what they name is not there. */
const UNFILLED = [/\bundefined\b/, /\[object Object\]/, /\{\{|\}\}/, /\bNaN\b/, /\bInvalid Date/];

/** So many are shown. */
const SHOWN = 10;

/** Throws where the text could not go out as it is, or has a gap that no reader should see. */
export function checkText(context: IExecuteFunctions, planned: PlannedText): void {
	const { words } = planned;
	if ('brief' in words) {
		// Facts of the contact fill them when it is written.
		assertFilled(withoutVariables(words.brief.instruction), 'What to Say');
		assertFilled(withoutVariables(words.brief.smsPrompt), 'SMS Prompt');
		assertFound(context, planned, 'instruction', 'What to Say');
		return;
	}
	assertFilled(words.body, MESSAGE);
	assertFound(context, planned, 'body', MESSAGE);
	words.fitted();
}

function assertFilled(words: string, field: string): void {
	const gap = UNFILLED.map((pattern) => pattern.exec(words)?.[0]).find(Boolean);
	if (gap === undefined) return;
	throw new InvalidInputError({
		field,
		cause: `it says ${quoted(gap)}, where an expression found nothing to put in`,
		fix: 'Correct the expression or the row.',
	});
}

/** A column as such; what is reckoned with may well come to nothing. */
const COLUMN = /^\$json((?:\.\w+|\["[^"]+"\]|\['[^']+'\])+)$/;
const NAMES = /\.(\w+)|\["([^"]+)"\]|\['([^']+)'\]/g;

/**
 * Among words, n8n puts nothing where an expression finds nothing: a misspelt column, an empty cell of
 * a table. So each column is looked for in the item itself.
 */
function assertFound(
	context: IExecuteFunctions,
	{ itemIndex, item }: PlannedText,
	parameter: string,
	field: string,
): void {
	const raw: unknown = context.getNodeParameter(parameter, itemIndex, '', {
		rawExpressions: true,
	});
	if (typeof raw !== 'string' || !raw.startsWith('=')) return;
	const parts = raw.split('{{').slice(1);
	const columns = parts.map((part) => (part.split('}}')[0] ?? '').trim());
	const missing = columns.find((column) => COLUMN.test(column) && isMissing(item.json, column));
	if (missing === undefined) return;
	throw new InvalidInputError({
		field,
		cause: `{{ ${missing} }} finds nothing in this item`,
		fix: `Correct its name or the row. Where it may be missing, say what stands there instead: {{ ${missing} || '' }}.`,
	});
}

function isMissing(json: IDataObject, column: string): boolean {
	const names = [...column.matchAll(NAMES)].map(([, ...found]) => found.find(Boolean) ?? '');
	const value = names.reduce<unknown>(
		(within, name) => (within as IDataObject | null | undefined)?.[name],
		json,
	);
	return value === undefined || value === null || value === '';
}

/** One error for the whole list, of which nothing was sent. */
export function listError(mistakes: ReadonlyMap<number, Error>, items: number): Error {
	const [only] = mistakes.values();
	if (only && items === 1) return only;
	return new InvalidInputError({
		field: CHECK_FIRST,
		cause: `${howMany(mistakes, items)}, so nothing was sent`,
		fix: [
			...shown(mistakes),
			'Correct them (the first item has the number 0). Or set On Error to Continue, in the settings of this node: the others are sent. Where the words are right as they are, add the option Check Everything First and switch it off.',
		].join('\n'),
	});
}

/** For who tries a list that goes on without its mistakes; empty where it has none. */
export function mistakesInWords(mistakes: ReadonlyMap<number, Error>, items: number): string[] {
	if (mistakes.size === 0) return [];
	return [
		`${howMany(mistakes, items)} and will not be sent (the first item has the number 0).`,
		...shown(mistakes),
	];
}

function howMany(mistakes: ReadonlyMap<number, Error>, items: number): string {
	return `${mistakes.size} of ${items} items have a mistake`;
}

/** What is wrong with the first of them. */
function shown(mistakes: ReadonlyMap<number, Error>): string[] {
	const all = [...mistakes].sort(([one], [other]) => one - other);
	return [
		...all.slice(0, SHOWN).map(([at, { message }]) => `Item ${at}: ${message}.`),
		...(all.length > SHOWN ? [`And ${all.length - SHOWN} more.`] : []),
	];
}
