import { createHash, randomUUID } from 'node:crypto';
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import type { Conversation } from '../shared/n8n/items/conversation';
import type { OpenThreadStore } from '../shared/threads/thread-store';
import { claimKeys } from '../shared/threads/claim-keys';

/** What the node remembers of one item's send, over retries of the node and of the execution. */
interface Entry {
	/** Names the send in the store's claims. */
	key: string;
	/** The item that came of it. */
	sent?: IDataObject;
	/** It was counted as a text of this run, whether or not it went out. */
	counted?: true;
}

/** What the node has noted of a send, and notes next. */
export interface SendMemo {
	key: string;
	/** What an earlier try sent. */
	sent: IDataObject | undefined;
	/** Other texts that were counted in this run. */
	readonly othersCounted: number;
	/** Counts this one, if it was not counted before. */
	count(): void;
	remember(sent: IDataObject): void;
}

/** What one run of the node keeps of its sends. */
export interface RunMemo {
	/**
	 * n8n repeats an execution, and whoever was texted in the first may stand in no note of ours.
	 */
	readonly isDoubtful: boolean;
	/**
	 * @param nth which of this run's texts to the contact it is, from 0: whoever corrects the words, or
	 *   adds rows, and runs the rest again, texts nobody twice.
	 */
	of(threadId: string, nth: number, conversation: Conversation | undefined): SendMemo;
}

/**
 * n8n keeps a node's context with the execution, through Retry On Fail and through a later retry of
 * an execution that failed; what was noted there is known in all of them. Of an execution that died
 * it keeps what it had saved when it began: in that is a token, the same in every retry, and the
 * claims of the store tell the rest. Older ones have no token, and a crash takes the claims along that
 * are kept with the workflow.
 */
export function memoOfRun(
	context: IExecuteFunctions,
	{ promises }: Pick<OpenThreadStore, 'promises'>,
): RunMemo {
	const { $runIndex: runIndex, $execution: execution } = context.getWorkflowDataProxy(
		0,
	) as unknown as { $runIndex: number; $execution?: { resumeUrl?: string } };
	const kept = context.getContext('node');
	const token = tokenIn(execution?.resumeUrl);
	const isKnown = kept['sends'] !== undefined || (token !== undefined && promises.survivesCrash);
	// Noted, since a further try of the same execution finds the sends of this one.
	if (context.getMode() === 'retry' && !isKnown) kept['doubtful'] = true;
	return {
		isDoubtful: kept['doubtful'] === true,
		of: (threadId, nth, conversation) => {
			const slot = `${runIndex}:${nth}`;
			const named = token && digestOf(`${token}:${slot}`);
			return memoAt(context, slot, threadId, conversation, named);
		},
	};
}

/** Who has the token may go on with an execution that waits; so only its digest is ever kept. */
function tokenIn(resumeUrl: string | undefined): string | undefined {
	if (resumeUrl === undefined || !URL.canParse(resumeUrl)) return undefined;
	return new URL(resumeUrl).searchParams.get('signature') ?? undefined;
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
	return memoAt(context, digestOf(body), threadId, conversation);
}

/**
 * Names the answer of an AI Agent to a turn, which its newest text stands for: another execution of the
 * same turn answers it no second time.
 *
 * @param nth which of this run's texts to the contact it is, from 0.
 */
export function answerKey(
	context: IExecuteFunctions,
	threadId: string,
	newestSid: string,
	nth: number,
): string {
	return claimKeys.answer(context.getNode().id, threadId, `${newestSid}:${nth}`);
}

/** Names a send that this node does once for what Send Once Per names, whichever execution comes to it first. */
export function oncePerKey(context: IExecuteFunctions, threadId: string, oncePer: string): string {
	return claimKeys.sendOncePer(context.getNode().id, threadId, digestOf(oncePer));
}

function digestOf(text: string): string {
	return createHash('sha256').update(text).digest('hex').slice(0, 32);
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
	named?: string,
): SendMemo {
	const kept = context.getContext('node');
	const entries = (kept['sends'] ??= {}) as Record<string, Entry>;
	const name = () => named ?? namesExecution(context, slot, conversation);
	const key = () => claimKeys.send(context.getNode().id, threadId, name());
	const entry = (entries[`${slot}:${threadId}`] ??= { key: key() });
	return {
		key: entry.key,
		sent: entry.sent,
		get othersCounted() {
			const others = Object.values(entries).filter((one) => one !== entry);
			return others.filter(({ counted }) => counted).length;
		},
		count: () => {
			entry.counted = true;
		},
		remember: (sent) => {
			entry.sent = sent;
		},
	};
}
