import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	IRun,
	ITriggerFunctions,
} from 'n8n-workflow';
import type { ClaimRecord } from '../../threads/claim-ledger';
import { claimKeys } from '../../threads/claim-keys';
import { hasPassed, isOfFuture } from '../../threads/has-passed';
import type { ThreadServices } from '../../threads/thread-store';
import type { RunQueue } from '../../threads/turns/open-turns';
import { systemClock } from '../host/system-clock';
import { openThreadStore } from '../stores/open-thread-store';
import { storeChoiceOfTrigger } from '../stores/thread-store-choice';
import { PROBE, SWEEP } from './names';
import { triggerKeyOf } from './trigger-key';
import { wakeUpkeep } from './upkeep';

/** A probe that has not come by then was lost; n8n's queue may be long. */
const PROBE_HOLD_MS = 10 * 60_000;
/** Between one that has come and the next. */
const PAUSE_MS = 60_000;
/** Runs that were handed over just before the probe may stand behind it; other processes' clocks differ. */
const MARGIN_MS = 10_000;
/** A run that begins shows it within so long. */
const SHOWS_WITHIN_MS = 10_000;

/** Starts a run with this item. Rejects with what n8n says where the run fails; may never resolve. */
type EmitProbe = (item: INodeExecutionData) => Promise<void>;

/**
 * A run that does nothing but write down that n8n has come to it. n8n works runs off in order, so
 * what was started before and shows no sign of life will never come.
 *
 * @param failed is told why n8n could not run the probe: it could not run a text's either.
 */
export function queueProbe(
	{ store, clock }: ThreadServices,
	trigger: string,
	emit: EmitProbe,
	failed: (error: unknown) => void,
): RunQueue {
	const key = claimKeys.queueProbe(trigger);
	return {
		async reached() {
			const seen = await store.claims.look(key);
			const { askedAt, reachedAt } = (
				seen.status === 'free' ? (seen.previous ?? {}) : seen.record
			) as { askedAt?: unknown; reachedAt?: unknown };
			if (typeof askedAt !== 'number' || typeof reachedAt !== 'number') return undefined;
			const now = clock.now();
			// Asked by a clock that was set back since, it tells nothing of what was started after.
			if (isOfFuture(askedAt, now)) return undefined;
			return hasPassed(reachedAt, SHOWS_WITHIN_MS, now) ? askedAt - MARGIN_MS : undefined;
		},
		async ask() {
			const taken = await store.claims.claim(key, PROBE_HOLD_MS);
			if (taken.status !== 'claimed') return;
			const { token } = taken;
			const askedAt = clock.now();
			await store.claims.note(
				key,
				token,
				{ ...taken.previous, next: askedAt },
				PROBE_HOLD_MS,
			);
			const probe: Probe = { token, askedAt };
			void emit({ json: { [PROBE]: { ...probe } } }).catch(async (error: unknown) => {
				failed(error);
				// Another process of n8n may be able to run the next one.
				const before = { ...taken.previous };
				await store.claims.note(key, token, before, PAUSE_MS).catch(() => undefined);
			});
		},
	};
}

/** Starts the run of a probe for a trigger. */
export function emitProbe(context: ITriggerFunctions): EmitProbe {
	return async (item) => {
		// n8n says undefined where it has begun no run.
		const run = await new Promise<IRun | undefined>((resolve, reject) => {
			const promise = new Promise<IRun>(() => {});
			context.emit([[item]], undefined, { promise, resolve, reject });
		});
		const error = run?.data?.resultData.error;
		// Out of n8n's database it comes as a plain object.
		if (error !== undefined) throw new Error(error.message, { cause: error });
	};
}

/** n8n has come to the probe: the item's. Rejects where the store does not answer, or another is under way. */
export async function noteReached(context: IExecuteFunctions, probe: unknown): Promise<void> {
	const parameters = {
		getNodeParameter: (name: string, fallback?: unknown) =>
			context.getNodeParameter(name, 0, fallback) as IDataObject,
	};
	const store = await openThreadStore(context, storeChoiceOfTrigger(context, parameters));
	const trigger = triggerKeyOf(context);
	await reachProbe({ store, clock: systemClock }, trigger, probe);
	wakeUpkeep(trigger, SWEEP, SHOWS_WITHIN_MS);
}

export async function reachProbe(
	{ store, clock }: ThreadServices,
	trigger: string,
	probe: unknown,
): Promise<void> {
	const { token, askedAt } = probe as Probe;
	const record: ClaimRecord = { askedAt, reachedAt: clock.now() };
	await store.claims.note(claimKeys.queueProbe(trigger), token, record, PAUSE_MS);
}

/** What the item of a probe carries. */
interface Probe {
	token: string;
	/** Milliseconds since 1970. */
	askedAt: number;
}
