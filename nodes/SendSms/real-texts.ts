import type { IDataObject, NodeExecutionHint } from 'n8n-workflow';

export const WITHOUT_TEXTING =
	'To try the workflow without texting, deactivate this node or pin its output.';

/** How many numbers tell somebody whom a run has texted. */
const MOST_NUMBERS = 3;

/**
 * For a run in the editor, which may be taken for a rehearsal.
 *
 * @param sent what the node gives for each text that this run has sent; to a model that called it,
 * it gives no number.
 */
export function realTextHints(sent: readonly IDataObject[]): NodeExecutionHint[] {
	if (sent.length === 0) return [];
	const texts = sent.length === 1 ? 'a real text' : `${sent.length} real texts`;
	const numbers = new Set(sent.flatMap(({ to }) => (typeof to === 'string' ? to : [])));
	const whom = numbers.size === 0 ? '' : ` to ${listed([...numbers])}`;
	return [
		{
			message: `Twilio has taken ${texts}${whom} from this run. ${WITHOUT_TEXTING}`,
			type: 'info',
			location: 'outputPane',
		},
	];
}

function listed(numbers: readonly string[]): string {
	const shown = numbers.slice(0, MOST_NUMBERS).map((number) => `<b>${number}</b>`);
	const more = numbers.length - shown.length;
	return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}
