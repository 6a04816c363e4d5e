import {
	NodeConnectionTypes,
	type IDataObject,
	type IExecuteFunctions,
	type ISupplyDataFunctions,
	type NodeApiError,
	type NodeOperationError,
	type SupplyData,
} from 'n8n-workflow';
import { happeningsOf } from '../shared/acting/shown-actions';
import { historyBeside, type ModelHistory } from '../shared/composing/history';
import { InvalidInputError } from '../shared/messaging/invalid-input-error';
import { nodeErrorOf } from '../shared/n8n/host/node-error';
import { readHistoryLimits } from '../shared/n8n/models/history-options';
import { openThreadStore } from '../shared/n8n/stores/open-thread-store';
import { assertHoldsThread, storeChoiceOf } from '../shared/n8n/stores/thread-store-choice';
import { actionsIn, type Action } from '../shared/threads/actions';
import { recordKeys } from '../shared/threads/record-keys';
import { readRecord } from '../shared/threads/record-store';
import { NEWEST_MESSAGES, type Thread } from '../shared/threads/thread-store';
import { threadMemory } from './thread-memory';
import { whoseThread, type Remembered } from './whose-thread';

/**
 * The thread of this run, as a memory. It is read here and once, so that what goes wrong is this node's
 * error and no agent's, and stands in the editor's run log.
 */
export async function supplyMemory(supply: ISupplyDataFunctions): Promise<SupplyData> {
	// A sub-node gets all of it that is asked for here.
	const context = supply as unknown as IExecuteFunctions;
	const type = NodeConnectionTypes.AiMemory;
	const { index } = supply.addInputData(type, [[{ json: {} }]]);
	try {
		const remembered = whoseThread(context);
		const { messages, report } = await historyOf(context, remembered);
		const { threadId } = remembered;
		const shown = { threadId, messages, ...report } as unknown as IDataObject;
		supply.addOutputData(type, index, [[{ json: shown }]]);
		return { response: threadMemory(messages, (error) => ownError(context, error)) };
	} catch (error) {
		const shown = ownError(context, error);
		supply.addOutputData(type, index, shown);
		throw shown;
	}
}

async function historyOf(
	context: IExecuteFunctions,
	remembered: Remembered,
): Promise<ModelHistory> {
	assertNeeded(context);
	const limits = readHistoryLimits(context, 0);
	const { thread, actions } = await readThread(
		context,
		remembered,
		limits.maxMessages + NEWEST_MESSAGES,
	);
	const seen = asAtFirst(context, thread);
	const done = happeningsOf(actions);
	return historyBeside(seen, remembered.turn, limits, context.getTimezone(), done);
}

async function readThread(
	context: IExecuteFunctions,
	{ threadId }: Remembered,
	limit: number,
): Promise<{ thread: Thread; actions: Action[] }> {
	const store = await openThreadStore(context, storeChoiceOf(context));
	try {
		assertHoldsThread(context, store);
		const [thread, record] = await Promise.all([
			store.threads.read(threadId, limit),
			readRecord(store.records, recordKeys.actions(threadId)),
		]);
		return { thread, actions: actionsIn(record) };
	} finally {
		await store.close();
	}
}

/**
 * The thread as it was when the agent's run began. An agent asks for its memory again after each call
 * of a tool, and is told of what its tools did besides: of a text that one of them sent, too.
 */
function asAtFirst(context: IExecuteFunctions, thread: Thread): Thread {
	const { node, metadata, source } = context.getExecuteData();
	// A Chat Trigger asks before there is a run.
	if (source === null) return thread;
	const { $runIndex: run } = context.getWorkflowDataProxy(0) as unknown as { $runIndex: number };
	const newest = (context.getContext('node')['newest'] ??= {}) as Record<string, string | null>;
	const agentRun = `${run}:${node.name}`;
	const first = newest[agentRun];
	// n8n goes on with an agent after its tools; whatever else runs, begins.
	if (!metadata?.nodeWasResumed || first === undefined) {
		newest[agentRun] = thread.messages.at(-1)?.messageSid ?? null;
		return thread;
	}
	// Where it is not there any more, all that is there is newer.
	const end = thread.messages.findIndex(({ messageSid }) => messageSid === first) + 1;
	const newer = thread.messages.length - end;
	return {
		...thread,
		messages: thread.messages.slice(0, end),
		keptMessages: thread.keptMessages - newer,
	};
}

/** Throws InvalidInputError where the node that asks reads the conversation itself. */
function assertNeeded(context: IExecuteFunctions): void {
	if (!context.getExecuteData().node.type.endsWith('.agentReply')) return;
	throw new InvalidInputError({
		field: 'Memory',
		cause: 'Agent Reply remembers the conversation without a memory, and would read it twice',
		fix: "Take this node away, and set Conversation History From in Agent Reply to This Agent's Thread.",
	});
}

/** n8n shows such an error as it is, and says which node below the agent it is of. */
function ownError(context: IExecuteFunctions, error: unknown): NodeApiError | NodeOperationError {
	const shown = nodeErrorOf(context.getNode(), error);
	shown.functionality = 'configuration-node';
	return shown;
}
