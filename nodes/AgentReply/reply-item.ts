import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	NodeApiError,
	NodeOperationError,
} from 'n8n-workflow';
import type { AgentName } from '../shared/messaging/agent';
import type { OwnersTold } from '../shared/owners/owners-phone';
import type { ReplyOutcome } from '../shared/replying/reply-outcome';
import type { SentMessage } from '../shared/sending/outbound-draft';
import { actionJson } from '../shared/n8n/items/action-item';
import { agentsForItem } from '../shared/n8n/items/agent-prompt';
import type { IncomingText } from '../shared/n8n/items/incoming-text';
import { inReadingOrder } from '../shared/n8n/items/reading-order';

/** What became of a turn, and who was told of it. */
export interface EndedTurn {
	outcome: ReplyOutcome;
	/** Where a person is needed, and the agent has owner's phones. */
	owners?: OwnersTold | undefined;
}

/** The incoming text with what became of it, so that the next node still knows whom it is about. */
export function replyItem(
	context: IExecuteFunctions,
	incoming: IncomingText,
	{ outcome, owners }: EndedTurn,
	itemIndex: number,
): INodeExecutionData {
	const { usage, model, history, media, actions = [], passed, task } = outcome.composing;
	return {
		json: inReadingOrder({
			...incoming,
			...agentsForItem(context, incoming),
			...(passed ? { passedTo: nameOf(passed.to), passedBecause: passed.reason } : {}),
			...(task ? { task: task.name, taskDone: task.isDone } : {}),
			outcome: outcome.kind,
			...outcomeFields(outcome),
			...(owners ? { ownersTold: { ...owners } } : {}),
			model,
			usage: usage && { ...usage },
			history: history && { ...history },
			...(media ? { mediaShown: { ...media } } : {}),
			...(actions.length > 0 ? { actions: actions.map(actionJson) } : {}),
		}),
		pairedItem: { item: itemIndex },
	};
}

/** The item of a run that no text began: nobody waits for a reply. */
export function textlessItem(
	context: IExecuteFunctions,
	incoming: IncomingText,
	told: IDataObject,
	itemIndex: number,
): INodeExecutionData {
	return {
		json: inReadingOrder({
			...incoming,
			...agentsForItem(context, incoming),
			outcome: 'noReply',
			...told,
		}),
		pairedItem: { item: itemIndex },
	};
}

/** Without what else is known of the agent. */
function nameOf({ id, name }: AgentName): IDataObject {
	return { id, name };
}

function outcomeFields(outcome: ReplyOutcome): IDataObject {
	switch (outcome.kind) {
		case 'replied': {
			const { sent } = outcome;
			// As it went out: the first text to a contact says more than the model wrote.
			const { text, encoding, numSegments } = sent ? { ...sent, text: sent.body } : outcome;
			return { text, encoding, numSegments, reply: sent && sentFields(sent) };
		}
		case 'needsHuman': {
			const { code, reason, handover, unsentText = null } = outcome;
			return {
				reason,
				reasonCode: code,
				handover: handover && sentFields(handover),
				unsentText,
			};
		}
		case 'noReply': {
			const { code, reason, retry, confirmation } = outcome;
			return {
				reason,
				reasonCode: code,
				...(retry ? { retryAt: retry.at } : {}),
				...(confirmation ? { confirmation: sentFields(confirmation) } : {}),
			};
		}
	}
}

/** What the incoming text does not say already. */
export function sentFields(sent: SentMessage): IDataObject {
	const { messageSid, status, from, body, numSegments, encoding, sentAt } = sent;
	const { warnings, repeated, reconciled } = sent;
	return {
		messageSid,
		status,
		from,
		body,
		numSegments,
		encoding,
		sentAt,
		warnings: [...warnings],
		repeated,
		reconciled,
	};
}

/**
 * For "On Error: Continue". n8n moves an item that carries `error` to the error output, and leaves
 * nothing of its `json` but the message; without an error output, a person gets all there is.
 */
export function failedItem(
	item: INodeExecutionData,
	error: NodeApiError | NodeOperationError,
	itemIndex: number,
	hasErrorOutput: boolean,
): INodeExecutionData {
	const { message, description } = error;
	return {
		json: inReadingOrder({
			...item.json,
			outcome: 'needsHuman',
			reason: [message, description].filter(Boolean).join('. '),
			reasonCode: 'failed',
		}),
		...(hasErrorOutput ? { error } : {}),
		pairedItem: { item: itemIndex },
	};
}
