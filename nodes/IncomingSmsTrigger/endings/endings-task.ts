import type { ITriggerFunctions } from 'n8n-workflow';
import type { Agent } from '../../shared/messaging/agent';
import { parseThreadId } from '../../shared/messaging/thread-id';
import { twilioAccountOf } from '../../shared/n8n/credentials/twilio-account';
import { runsInQueueMode } from '../../shared/n8n/host/environment';
import { logWarning } from '../../shared/n8n/host/log-warning';
import { systemClock } from '../../shared/n8n/host/system-clock';
import { endedItem, idleItem } from '../../shared/n8n/items/ended-item';
import { openThreadStore } from '../../shared/n8n/stores/open-thread-store';
import { storeChoiceOfTrigger } from '../../shared/n8n/stores/thread-store-choice';
import { beginRun } from '../../shared/n8n/upkeep/begin-run';
import { Kept } from '../../shared/n8n/upkeep/kept';
import { ENDINGS } from '../../shared/n8n/upkeep/names';
import type { UpkeepTask } from '../../shared/n8n/upkeep/upkeep';
import { EndWatch, type SilentThread } from '../../shared/remembering/ended-threads';
import type { Thread, ThreadServices } from '../../shared/threads/thread-store';
import type { TriggerSettings } from '../fields';
import { onOutputs, outputsFor } from '../outputs';
import { silenceOf } from './remembering-agents';

/** A thread that is closed in this process wakes the task; one that another process closes is found so. */
const LOOK_EVERY_MS = 10 * 60_000;
/** In queue mode others close them. */
const LOOK_EVERY_IN_QUEUE_MODE_MS = 60_000;
/** Who has closed it, for people. */
const CLOSED_BY = 'Agent Reply, after a silence';
/** Many that are due within this time are looked at together. */
const TOGETHER_MS = 60_000;

/**
 * Starts a run for each conversation that has ended, and for each contact who is to be asked whether they
 * are still there, and closes what is silent; undefined where nothing of it is wanted.
 */
export function endingsTask(
	context: ITriggerFunctions,
	{ separateOutputs }: TriggerSettings,
	agents: readonly Agent[],
): UpkeepTask | undefined {
	const silence = silenceOf(context, agents, separateOutputs);
	if (silence.size === 0) return undefined;
	const choice = storeChoiceOfTrigger(context);
	const watch = new EndWatch();
	const unreadable = ({ fix }: { fix: string }) => logWarning(context, 'unreadable', fix);
	const opened = new Kept(async () => {
		const { accountSid } = await twilioAccountOf(context);
		return { accountSid, store: await openThreadStore(context, choice) };
	}, systemClock);
	const waits = [...silence.values()].map(({ endMs, textMs, closeMs }) => [
		endMs,
		textMs,
		closeMs,
	]);
	const shortest = Math.min(...waits.flat().map((ms) => ms ?? Infinity));
	const every = Math.min(
		shortest,
		runsInQueueMode() ? LOOK_EVERY_IN_QUEUE_MODE_MS : LOOK_EVERY_MS,
	);
	return {
		name: ENDINGS,
		async look(now, signal) {
			const next = await opened.use(async ({ accountSid, store }) => {
				const services = { store, clock: systemClock, signal };
				const watched = { accountSid, silence, unreadable };
				return await watch.look(services, watched, async (silent) => {
					if (silent.kind === 'close') {
						await close(services, silent.thread);
						return;
					}
					const items = itemsOf(silent, agents, separateOutputs);
					if (items.length > 0) await beginRun(context, items);
				});
			});
			const together = now + Math.min(TOGETHER_MS, every);
			return Math.min(now + every, Math.max(next, together));
		},
	};
}

async function close(services: ThreadServices, { threadId, messages }: Thread): Promise<void> {
	const { closeSilent } = await import('../../shared/desk/close-thread.js');
	await closeSilent(services, threadId, CLOSED_BY, messages.at(-1)?.messageSid ?? '');
}

function itemsOf(
	silent: Exclude<SilentThread, { kind: 'close' }>,
	agents: readonly Agent[],
	separateOutputs: boolean,
) {
	const { agentId } = parseThreadId(silent.thread.threadId) ?? {};
	const index = agents.findIndex(({ id }) => id === agentId);
	const agent = agents[index];
	if (agent === undefined) return [];
	const route = { agent, index, matchedBy: 'number' as const };
	const json = silent.kind === 'idle' ? idleItem(silent, route) : endedItem(silent, route);
	const item = { json: { ...json } };
	return onOutputs([{ output: outputsFor(route, separateOutputs).text, item }]);
}
