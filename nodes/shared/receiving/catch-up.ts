import { claimKeys } from '../threads/claim-keys';
import { takeClaim } from '../threads/held-claim';
import type { ThreadServices } from '../threads/thread-store';
import { CLOCK_SKEW_MS } from '../threads/timing';
import { CatchUpLook, type CatchUpResult, type CatchUpSettings } from './catch-up-look';
import { markIn, type CatchUpMark } from './catch-up-mark';
import type { LateTextTakers, TwilioLists } from './catch-up-ports';

/** How long a look is ours without a sign of life. */
const HOLD_MS = 60_000;

/**
 * Looks once for texts that came to Twilio and never to us, and hands them in: one turn per contact,
 * contacts who wrote last first, as many as a minute may have; the others stay where they are, at
 * Twilio, until the next look. The mark moves up to the first text that has not been dealt with. So a
 * crash at any point loses none, and a text that is found twice starts one run: appending decides.
 *
 * Not answered are contacts who got any text after theirs, whom a person has taken over, or who have
 * opted out. STOP and START count whatever their age, in order.
 *
 * Rejects with StoreUnavailableError, or as Twilio's list does; then the mark stays.
 */
export async function catchUp(
	services: ThreadServices,
	twilio: TwilioLists,
	takers: LateTextTakers,
	settings: CatchUpSettings,
): Promise<CatchUpResult> {
	const { store, clock } = services;
	const key = claimKeys.catchUp(settings.triggerKey);
	const taken = await takeClaim(store.claims, key, HOLD_MS);
	// Another main looks, or one died over it.
	if (taken.status !== 'claimed') return { begun: 0, lookAgainAt: clock.now() + HOLD_MS };
	let mark = markIn(taken.previous);
	try {
		return await taken.claim.whileRenewing(clock, async () => {
			mark ??= await firstMark(services, twilio, settings);
			const look = new CatchUpLook({ services, twilio, takers, settings }, mark);
			try {
				return await look.result();
			} finally {
				mark = look.reached;
			}
		});
	} finally {
		await (mark ? taken.claim.leave({ ...mark }) : taken.claim.release());
	}
}

/** Where nobody has looked before, or so long ago that the store has forgotten. */
async function firstMark(
	{ store, clock }: ThreadServices,
	twilio: TwilioLists,
	{ accountSid, upToMs, beginsAt }: CatchUpSettings,
): Promise<CatchUpMark> {
	const begun = { floor: 0, minute: 0, runs: 0, agentIds: [] };
	if (beginsAt !== undefined) {
		// By Twilio's clock, where it can be had. What came since it began, the store having been away, is ours.
		const now = clock.now();
		const { newest = 0 } = await twilio.textsSince(now).catch(() => ({ newest: now }));
		const earliest = Math.max(newest - (now - beginsAt), beginsAt - CLOCK_SKEW_MS);
		const since = Math.min(newest, earliest);
		return { ...begun, since, floor: since };
	}
	const { threads } = await store.threads.list({ prefix: `${accountSid}:`, limit: 1 });
	const known = Date.parse(threads[0]?.lastMessageAt ?? '');
	const now = clock.now();
	return { ...begun, since: Number.isNaN(known) ? now - upToMs : Math.min(known, now) };
}
