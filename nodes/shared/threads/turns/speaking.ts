import { claimKeys } from '../claim-keys';
import { takeClaim, type HeldClaim } from '../held-claim';
import { released, takenOver, type TakesOver } from '../takeover';
import type { Takeover, ThreadServices } from '../thread-store';
import { SPEAKING_ASK_AGAIN_MS, SPEAKING_HOLD_MS } from '../timing';

/**
 * Does `work`, the last look at a thread and the one request to Twilio that follows it, while nobody
 * else is between the two. So of an agent and a person who speak at the same time either the agent's
 * text is out before the person has the thread, or the agent sees that they have it. Whoever dies
 * here gives way after SPEAKING_HOLD_MS, longer than a request to Twilio takes. Rejects as `work`,
 * with StoreUnavailableError and the signal's reason.
 */
export async function whileSpeaking<Result>(
	services: ThreadServices,
	threadId: string,
	work: () => Promise<Result>,
): Promise<Result> {
	const claim = await floorOf(services, threadId);
	try {
		return await work();
	} finally {
		await claim.release();
	}
}

async function floorOf(
	{ store, clock, signal }: ThreadServices,
	threadId: string,
): Promise<HeldClaim> {
	for (;;) {
		const taken = await takeClaim(store.claims, claimKeys.speaking(threadId), SPEAKING_HOLD_MS);
		if (taken.status === 'claimed') return taken.claim;
		await clock.sleep(SPEAKING_ASK_AGAIN_MS, signal);
	}
}

/**
 * Gives the thread to a person. Once it resolves no text of an agent leaves, however far it had got.
 * Rejects with StoreUnavailableError.
 */
export async function takeThread(
	services: ThreadServices,
	threadId: string,
	takes: TakesOver,
): Promise<Takeover> {
	const { store, clock } = services;
	const { takeover } = await store.threads.changeState(threadId, (state) =>
		takenOver(state, takes, clock.now()),
	);
	if (takeover === undefined) throw new Error('A thread that was taken over has no takeover');
	await whileSpeaking(services, threadId, async () => {});
	return takeover;
}

/** Gives the thread back to its agent. Resolves to whether a person had it. Rejects with StoreUnavailableError. */
export async function releaseThread({ store }: ThreadServices, threadId: string): Promise<boolean> {
	let had = false;
	await store.threads.changeState(threadId, (state) => {
		had = state.takeover !== undefined;
		return had ? released(state) : state;
	});
	return had;
}
