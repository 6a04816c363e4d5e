import { createHash, randomUUID } from 'node:crypto';
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import type { Conversation } from '../shared/n8n/items/conversation';
import { claimKeys } from '../shared/threads/claim-keys';

/** What the node remembers of one item's send, over retries of the node and of the execution. */
interface Entry {
	/** Names the send in the store's claims. */
	key: string;
	/** The item that came of it. */
	sent?: IDataObject;
}

/** What the node has noted of a send, and notes next. */
export interface SendMemo {
	key: string;
	/** What an earlier try sent. */
	sent: IDataObject | undefined;
	remember(sent: IDataObject): void;
}

/**
 * n8n keeps a node's context with the execution, through Retry On Fail and through a later retry of
 * the execution; so the key made at the first try names the send in all of them. A retry by hand may
 * run a changed node: to another contact it is another send.
 */
export function memoOf(
	context: IExecuteFunctions,
	itemIndex: number,
	threadId: string,
	conversation: Conversation | undefined,
): SendMemo {
	const { $runIndex: runIndex } = context.getWorkflowDataProxy(itemIndex) as unknown as {
		$runIndex: number;
	};
	return memoAt(context, `${runIndex}:${itemIndex}`, threadId, conversation);
}

/**
 * For a call as a tool. A retry may get another run index there, so the send is known by whom it
 * says what: the same words to the same number go out once per execution.
 */
export function toolMemoOf(
	context: IExecuteFunctions,
	threadId: string,
	body: string,
	conversation: Conversation | undefined,
): SendMemo {
	const digest = createHash('sha256').update(body).digest('hex');
	return memoAt(context, digest.slice(0, 32), threadId, conversation);
}

/** Names a send that this node does once for what Send Once Per names, whichever execution comes to it first. */
export function oncePerKey(context: IExecuteFunctions, threadId: string, oncePer: string): string {
	const digest = createHash('sha256').update(oncePer).digest('hex').slice(0, 32);
	return claimKeys.sendOncePer(context.getNode().id, threadId, digest);
}

/**
 * n8n 1.x starts an execution anew whose worker has died, with its number and without its context.
 * Where a text or a call began it, that one and the number name it for good.
 */
function namesExecution(
	context: IExecuteFunctions,
	slot: string,
	conversation: Conversation | undefined,
): string {
	const executionId = context.getExecutionId();
	const sid = conversation?.originSid;
	return executionId && sid ? `${sid}:${executionId}:${slot}` : randomUUID();
}

function memoAt(
	context: IExecuteFunctions,
	slot: string,
	threadId: string,
	conversation: Conversation | undefined,
): SendMemo {
	const kept = context.getContext('node');
	const entries = (kept['sends'] ??= {}) as Record<string, Entry>;
	const named = () => namesExecution(context, slot, conversation);
	const key = () => claimKeys.send(context.getNode().id, threadId, named());
	const entry = (entries[`${slot}:${threadId}`] ??= { key: key() });
	return {
		key: entry.key,
		sent: entry.sent,
		remember: (sent) => {
			entry.sent = sent;
		},
	};
}
