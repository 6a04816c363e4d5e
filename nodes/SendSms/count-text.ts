import type { IExecuteFunctions } from 'n8n-workflow';
import { triggerKeyOf } from '../shared/n8n/upkeep/trigger-key';
import type { SendServices } from '../shared/sending/outbound-draft';
import { TooManyTextsError } from '../shared/sending/send-errors';
import type { Allowance } from '../shared/threads/allowance';
import { claimKeys } from '../shared/threads/claim-keys';
import { textLimits, type TextAllowance } from './text-limits';

/**
 * Counts a text that a step is about to send. Rejects with TooManyTextsError where it must not,
 * StoreUnavailableError where it cannot be counted.
 */
export async function countText(
	context: IExecuteFunctions,
	services: SendServices,
	to: string,
	limits: TextAllowance,
): Promise<void> {
	await take(services, to, [allowanceOf(context, to, limits)]);
}

/**
 * The same for a text that a model sends with a tool.
 *
 * @param sentInRun texts that were counted in this run before.
 */
export async function countToolText(
	context: IExecuteFunctions,
	services: SendServices,
	to: string,
	{ limits, sentInRun }: { limits: TextAllowance; sentInRun: number },
): Promise<void> {
	if (sentInRun >= limits.perRun) {
		throw new TooManyTextsError(
			`this run has sent ${textsInWords(sentInRun)}, which is as many as one run may send`,
			`To allow more, raise ${textLimits.perRun.displayName} in the options of the tool.`,
		);
	}
	const ofNode = {
		key: claimKeys.allowance('text', triggerKeyOf(context)),
		most: limits.perHour,
	};
	await take(services, to, [allowanceOf(context, to, limits), ofNode]);
}

/** What a text to this contact counts as. */
export function allowanceOf(
	context: IExecuteFunctions,
	to: string,
	{ perContact: most }: TextAllowance,
): Allowance {
	return { key: claimKeys.allowance('text', triggerKeyOf(context), to), most };
}

async function take(
	{ store }: SendServices,
	to: string,
	allowances: readonly Allowance[],
): Promise<void> {
	const taken = await store.allowances.take(allowances, to);
	if (taken.kind === 'taken') return;
	const most = allowances[taken.which]?.most ?? 0;
	if (taken.which === 0) {
		throw new TooManyTextsError(
			`${to} has had ${textsInWords(most)} from this node within an hour, which is as many as one contact may get`,
			`Send it when the hour is over. To allow more, raise ${textLimits.perContact.displayName} in the options of this node.`,
		);
	}
	throw new TooManyTextsError(
		`this tool has sent ${textsInWords(most)} within an hour, which is as many as it may`,
		`It sends again when the hour is over. To allow more, raise ${textLimits.perHour.displayName} in the options of the tool.`,
	);
}

function textsInWords(texts: number): string {
	return texts === 1 ? '1 text' : `${texts} texts`;
}
