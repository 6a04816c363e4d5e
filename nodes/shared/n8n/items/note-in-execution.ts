import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { showContactOption } from '../agents/show-contact-option';
import { triggersBefore } from './trigger-item';

/** Under what n8n keeps it with the execution; n8n takes letters, digits and underscores. */
const KEYS = { contact: 'Contact', agent: 'Agent', outcome: 'Outcome' } as const;

/** What stands there for more than one. */
const SEVERAL = 'several';

/** n8n complains in its log about longer values. */
const LONGEST_VALUE = 255;

/** What one item says of a run. */
type Note = Partial<Record<keyof typeof KEYS, string>>;

export function noteOf({ contact, agent }: IDataObject, outcome?: string): Note {
	const { name } = (agent ?? {}) as IDataObject;
	return {
		...(typeof contact === 'string' ? { contact } : {}),
		...(typeof name === 'string' ? { agent: name } : {}),
		...(outcome === undefined ? {} : { outcome }),
	};
}

/**
 * Writes down with n8n's execution whom it is about and what became of it. A run that a trigger of
 * this package began is about the trigger's contact, whoever else is texted in it.
 *
 * @param replaceable outcomes that this one takes the place of; any, where undefined.
 */
export function noteInExecution(
	context: IExecuteFunctions,
	notes: readonly Note[],
	replaceable?: readonly string[],
): void {
	const data = customDataOf(context);
	if (!data) return;
	const triggers = triggersBefore(context);
	const isHidden = [
		ownOptions(context),
		...triggers.map(({ parameters }) => parameters?.['options']),
	].some((options) => (options as IDataObject | undefined)?.[showContactOption.name] === false);
	const note = (key: keyof typeof KEYS, known: string[]) => {
		const values = new Set([...known, ...notes.flatMap((one) => one[key] ?? [])]);
		const [value] = values;
		if (value === undefined) return;
		data.set(KEYS[key], (values.size > 1 ? SEVERAL : value).slice(0, LONGEST_VALUE));
	};
	for (const key of isHidden ? (['agent'] as const) : (['contact', 'agent'] as const)) {
		const known = data.get(KEYS[key]);
		if (known === undefined || triggers.length === 0) note(key, known ? [known] : []);
	}
	const before = data.get(KEYS.outcome);
	if (!before || !replaceable || replaceable.includes(before)) note('outcome', []);
}

interface CustomData {
	get(key: string): string | undefined;
	set(key: string, value: string): void;
}

/** The context has it itself from n8n 2.x on only; expressions have had it in every version. */
function customDataOf(context: IExecuteFunctions): CustomData | undefined {
	const { $execution } = context.getWorkflowDataProxy(0) as unknown as {
		$execution?: { customData?: CustomData };
	};
	return $execution?.customData;
}

function ownOptions(context: IExecuteFunctions): unknown {
	return context.getNodeParameter('options', 0, {}, { rawExpressions: true });
}
