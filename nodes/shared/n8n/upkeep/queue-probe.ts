import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { ClaimRecord } from '../../threads/claim-ledger';
import { claimKeys } from '../../threads/claim-keys';
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

/**
 * A run that does nothing but write down that n8n has come to it. n8n works runs off in order, so
 * what was started before and shows no sign of life will never come.
 *
 * @param emit starts a run with this item.
 */
export function queueProbe(
	{ store, clock }: ThreadServices,
	trigger: string,
	emit: (item: INodeExecutionData) => void,
): RunQueue {
	const key = claimKeys.queueProbe(trigger);
	return {
		async reached() {
			const seen = await store.claims.look(key);
			const { askedAt, reachedAt } = (
				seen.status === 'free' ? (seen.previous ?? {}) : seen.record
			) as { askedAt?: unknown; reachedAt?: unknown };
			if (typeof askedAt !== 'number' || typeof reachedAt !== 'number') return undefined;
			return clock.now() - reachedAt < SHOWS_WITHIN_MS ? undefined : askedAt - MARGIN_MS;
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
			emit({ json: { [PROBE]: { ...probe } } });
		},
	};
}

/** n8n has come to the probe: the item's. Rejects where the store does not answer, or another is under way. */
export async function noteReached(context: IExecuteFunctions, probe: unknown): Promise<void> {
	const parameters = {
		getNodeParameter: (name: string, fallback?: unknown) =>
			context.getNodeParameter(name, 0, fallback) as IDataObject,
	};
	const store = await openThreadStore(context, storeChoiceOfTrigger(parameters));
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
