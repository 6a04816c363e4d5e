import { ClaimLostError, type Thread } from '../threads/thread-store';
import { LEASE_WAIT_MS } from '../threads/timing';
import { withThreadLease, type ThreadLease } from '../threads/turns/thread-lease';
import { composeReply, readTurn } from './compose-reply';
import { recoverReply, repeatOf, replyIn, withoutAnswered } from './earlier-replies';
import { handOver } from './hand-over';
import { remember } from './memory-history';
import type { ReplyOutcome } from './reply-outcome';
import type { ReplyServices } from './reply-services';
import { newestSidOf, type ReplyPlan, type ReplyTurn } from './reply-turn';
import { leaveToOther, replyDraft, silenceBecause } from './silence';

/**
 * Answers a turn: composes and sends, at most once however often it is run, and never while another
 * run answers the same contact. A run after the reply went out gives that reply again. Whatever
 * ends without a reply leaves the turn open, so that it can be run again.
 *
 * The one claim is the lease on the thread. Its record is the send that the run is at, so a run that
 * follows a dead one knows what to look for; a reply that went out is known by its entry in the
 * thread, which says what it answers.
 *
 * Rejects as `composeReply`, with LeaseTimeoutError and, where Twilio failed, as `sendHeld`;
 * opt-outs are an outcome.
 */
export async function replyToThread(
	services: ReplyServices,
	turn: ReplyTurn,
	plan: ReplyPlan,
): Promise<ReplyOutcome> {
	return await withThreadLease(
		services,
		turn.threadId,
		LEASE_WAIT_MS,
		async (lease) => await replyWithLease(services, lease, turn, plan),
	);
}

async function replyWithLease(
	services: ReplyServices,
	lease: ThreadLease,
	given: ReplyTurn,
	plan: ReplyPlan,
): Promise<ReplyOutcome> {
	let turn = given;
	let thread = await readTurn(services, turn, plan);
	const newestSid = newestSidOf(turn);
	const recovered = await recoverReply(services, lease, thread, turn);
	if (recovered?.newestSid === newestSid) return repeatOf(recovered.sent);
	if (recovered) {
		thread = await readTurn(services, turn, plan);
		turn = withoutAnswered(turn, thread);
	}
	const reply = replyIn(thread, newestSid);
	if (reply) {
		const identity = { threadId: turn.threadId, author: 'agent' as const };
		return repeatOf(await services.sms.recall(identity, reply.messageSid));
	}

	const outcome = await composeReply(services, thread, turn, plan);
	switch (outcome.kind) {
		case 'noReply':
			return outcome;
		case 'needsHuman':
			return await handOver(services, turn, plan, outcome);
		case 'replied':
			return await sendReply(services, lease, thread, turn, outcome);
	}
}

async function sendReply(
	services: ReplyServices,
	{ claim }: ThreadLease,
	thread: Thread,
	turn: ReplyTurn,
	composed: Extract<ReplyOutcome, { kind: 'replied' }>,
): Promise<ReplyOutcome> {
	const answers = turn.messages.map(({ messageSid }) => messageSid);
	const draft = { ...replyDraft(turn, composed.text), answers };
	try {
		const outcome = await services.sms.sendHeld(claim, draft);
		if (outcome.kind === 'unwanted') return silenceBecause(outcome.why, composed.composing);
		const sent = await remember(services, thread, turn.messages, outcome.sent);
		return { ...composed, sent };
	} catch (error) {
		if (error instanceof ClaimLostError) return leaveToOther(composed.composing);
		throw error;
	}
}
