import { HOLD_MS } from '../threads/while-holding';
import type { SendIdentity } from './outbound-draft';
import { takeSendClaim, type SendClaim } from './send-claim';
import type { SendDeps } from './send-deps';

const ASK_AGAIN_MS = 1_000;
/** More than a run that died while it sent can hold its claim. */
const LONGEST_HOLD_MS = 150_000;

/** What the reply to a turn is known by. @param answers SIDs of the turn's texts, newest last. */
export function replyIdentity(
	threadId: string,
	answers: readonly string[],
): SendIdentity & { author: 'agent' } {
	return { key: `reply:${threadId}:${answers.at(-1) ?? ''}`, threadId, author: 'agent', answers };
}

/**
 * Takes the claim on a reply, for a caller who has the thread's lease: whoever holds the claim has
 * died or lost the thread, so the hold will end, and is waited for where `worthIt` says so. It holds
 * for half a minute; a caller who works on holds on to it (`whileHolding`). Rejects as `takeSendClaim`.
 */
export async function takeFreedClaim(
	deps: SendDeps,
	identity: SendIdentity,
	worthIt: (held: { asked: boolean }) => boolean = () => true,
): Promise<SendClaim> {
	const until = deps.clock.now() + LONGEST_HOLD_MS;
	for (;;) {
		const taken = await takeSendClaim(deps, identity, HOLD_MS);
		const done = taken.status !== 'held' || !worthIt(taken) || deps.clock.now() > until;
		if (done) return taken;
		await deps.clock.sleep(ASK_AGAIN_MS, deps.signal);
	}
}
