import { withThreadLease, whileHolding } from '../threads/turns/thread-lease';
import { composeReply, silent, type ComposeDeps } from './compose-reply';
import type { ConversationMemory } from '../composing/conversation-memory';
import { handOver } from './hand-over';
import { remember } from './memory-history';
import type { ReplyComposer } from '../composing/reply-composer';
import { beingAnswered, replyDraft, silenceBehind } from './silence';
import type { ReplyOutcome } from './reply-outcome';
import type { ReplyPlan, ReplyTurn } from './reply-turn';
import { recordEarlierReplies, repliedBefore, replyIdentity, takeFreedClaim } from './reply-claim';
import type { HeldClaim, SendDeps } from '../sending/outbound-draft';
import { releaseClaim, sendClaimed } from '../sending/send-to-thread';

export interface ReplyDeps extends SendDeps {
	composer: ReplyComposer;
	/** Read in place of the thread, and told once of each turn that was answered. */
	memory?: ConversationMemory | undefined;
}

/** Runs for one contact wait their turn: a model may be slow, and there may be several before. */
const LEASE_WAIT_MS = 5 * 60_000;

/**
 * Answers a turn: composes and sends, at most once however often it is run, and never while another
 * run answers the same contact. A run after the reply went out gives that reply again. Whatever
 * ends without a reply leaves the turn open, so that it can be run again.
 *
 * Rejects as `composeReply`, with LeaseTimeoutError and, where Twilio failed, as `sendClaimed`;
 * opt-outs are an outcome.
 */
export async function replyToThread(
	deps: ReplyDeps,
	turn: ReplyTurn,
	plan: ReplyPlan,
): Promise<ReplyOutcome> {
	const { clock, signal } = deps;
	const lease = { claims: deps.store.claims, clock, signal };
	return await withThreadLease(lease, turn.threadId, LEASE_WAIT_MS, () =>
		replyWithLease(deps, turn, plan),
	);
}

async function replyWithLease(
	deps: ReplyDeps,
	given: ReplyTurn,
	plan: ReplyPlan,
): Promise<ReplyOutcome> {
	const turn = await recordEarlierReplies(deps, given);
	const answers = turn.messages.map(({ messageSid }) => messageSid);
	const identity = replyIdentity(turn.threadId, answers);
	const taken = await takeFreedClaim(deps, identity);
	switch (taken.status) {
		case 'settled':
			return await repliedBefore(deps, identity, taken, turn);
		case 'held':
			return silent(beingAnswered());
		case 'claimed':
			return await replyWithClaim(deps, taken.claim, turn, plan);
	}
}

async function replyWithClaim(
	deps: ReplyDeps,
	claim: HeldClaim,
	turn: ReplyTurn,
	plan: ReplyPlan,
): Promise<ReplyOutcome> {
	const outcome = await releasedUnlessReplied(deps, claim, () =>
		whileHolding(deps.store.claims, claim, () => composeReply(composeDeps(deps), turn, plan)),
	);
	switch (outcome.kind) {
		case 'noReply':
			return outcome;
		case 'needsHuman':
			return await handOver(deps, turn, plan, outcome);
		case 'replied':
			return await sendReply(deps, claim, turn, outcome);
	}
}

async function releasedUnlessReplied(
	deps: ReplyDeps,
	claim: HeldClaim,
	compose: () => Promise<ReplyOutcome>,
): Promise<ReplyOutcome> {
	let replied = false;
	try {
		const outcome = await compose();
		replied = outcome.kind === 'replied';
		return outcome;
	} finally {
		if (!replied) await releaseClaim(deps, claim);
	}
}

async function sendReply(
	deps: ReplyDeps,
	claim: HeldClaim,
	turn: ReplyTurn,
	composed: Extract<ReplyOutcome, { kind: 'replied' }>,
): Promise<ReplyOutcome> {
	try {
		const sent = await sendClaimed(deps, claim, replyDraft(turn, composed.text));
		return { ...composed, sent: await remember(deps, turn, sent) };
	} catch (error) {
		const silence = silenceBehind(error);
		if (silence) return silent(silence, composed.composing);
		throw error;
	}
}

function composeDeps({ store, composer, memory, clock, signal }: ReplyDeps): ComposeDeps {
	return { threads: store.threads, composer, memory, clock, signal };
}
