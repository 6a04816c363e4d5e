import type { IExecuteFunctions } from 'n8n-workflow';
import { ModelLimitError, type ModelLimit } from '../../composing/model-limit';
import type { AllowanceLedger } from '../../threads/allowance';
import { claimKeys } from '../../threads/claim-keys';
import { readLimit, type LimitOption } from '../limits/limit-option';
import { triggerKeyOf } from '../upkeep/trigger-key';
import type { ModelLimitOptions } from './model-limits';

/** For whom the model is asked, and where it is counted. */
interface Asking {
	allowances: AllowanceLedger;
	contact: string;
	/** Names what it is asked for: the first of a contact that gets no answer is told apart by it. */
	taker: string;
}

/** How often the node may ask its model, as its options say. Throws InvalidInputError. */
export function modelLimitOf(
	context: IExecuteFunctions,
	itemIndex: number,
	{ perContact, perNode }: ModelLimitOptions,
	{ allowances, contact, taker }: Asking,
): ModelLimit {
	const given = context.getNodeParameter('options', itemIndex, {}) as Record<string, unknown>;
	const node = triggerKeyOf(context);
	const ofContact = {
		key: claimKeys.allowance('model', node, contact),
		most: readLimit(given[perContact.name], perContact),
	};
	const ofNode = {
		key: claimKeys.allowance('model', node),
		most: readLimit(given[perNode.name], perNode),
	};
	return {
		takeCall: async () => {
			const taken = await allowances.take([ofContact, ofNode], taker);
			if (taken.kind === 'taken') return;
			throw taken.which === 0
				? contactUsedUp(perContact, ofContact.most, taken.isFirst)
				: nodeUsedUp(perNode, ofNode.most, taken.isFirst);
		},
	};
}

function contactUsedUp({ displayName }: LimitOption, most: number, isFirst: boolean) {
	return new ModelLimitError(
		'contact',
		isFirst,
		`The model was asked ${timesInWords(most)} for this contact within an hour, which is as often as it may be; another machine may be writing`,
		`It is asked for them again when the hour is over. To allow more, raise ${displayName} in the options of this node.`,
	);
}

function nodeUsedUp({ displayName }: LimitOption, most: number, isFirst: boolean) {
	return new ModelLimitError(
		'node',
		isFirst,
		`This node has asked its model ${timesInWords(most)} within an hour, which is as often as it may`,
		`It asks again when the hour is over. To allow more, raise ${displayName} in the options of this node.`,
	);
}

function timesInWords(times: number): string {
	return times === 1 ? 'once' : `${times} times`;
}
