import { readStanding, type Standing } from '../contacts/standing';
import { ClaimLostError, NEWEST_MESSAGES } from '../threads/thread-store';
import { USUAL_PAUSE_MS } from '../threads/takeover';
import { LEASE_WAIT_MS } from '../threads/timing';
import { withThreadLease, type ThreadLease } from '../threads/turns/thread-lease';
import { handOverDeadActions } from './act';
import { composeReply, readTurn, withTaskEnded } from './compose-reply';
import {
	recoverReply,
	repeatOf,
	replyIn,
	withoutAnswered,
	wordsIn,
	writtenReply,
	type LeftReply,
} from './earlier-replies';
import { handOver } from './hand-over';
import { remember } from './memory-history';
import { confirmOptOut, learnOptOut } from './opt-out';
import type { ReplyOutcome } from './reply-outcome';
import type { ReplyServices } from './reply-services';
import { newestSidOf, type ReplyPlan, type ReplyTurn } from './reply-turn';
import { leaveToOther, replyDraft, silenceBecause, silenceFor } from './silence';
import { afterFailedSend, afterItsTime, keepsTrying } from './try-again';

/**
 * Answers a turn: composes and sends, at most once however often it is run, and never while another
 * run answers the same contact. A run after the reply went out gives that reply again. Whatever
 * ends without a reply leaves the turn open, so that it can be run again.
 *
 * The one claim is the lease on the thread. Its record is the send that the run is at, so a run that
 * follows a dead one knows what to look for; a reply that went out is known by its entry in the
 * thread, which says what it answers.
 *
 * Where the reply cannot be sent now, its words are kept for the run that the trigger begins later;
 * they are sent then, unless the contact has written again or a person has taken over.
 *
 * Rejects as `composeReply`, with LeaseTimeoutError and, where Twilio failed and nobody tries again,
 * as `sendHeld`; opt-outs are an outcome.
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
		async (lease) =>
			await withTaskEnded(services, turn, await replyWithLease(services, lease, turn, plan)),
		async () => await heldByPerson(services, turn),
	);
}

/** Whoever tells a person of a text does not wait until a model has written what nobody will send. */
async function heldByPerson(
	services: ReplyServices,
	turn: ReplyTurn,
): Promise<ReplyOutcome | undefined> {
	const standing = await readStanding(services, turn.threadId, NEWEST_MESSAGES);
	const silence = silenceFor(standing, turn, services.clock.now());
	return silence?.kind === 'needsHuman' ? silence : undefined;
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
	let left: LeftReply | undefined;
	try {
		left = await recoverReply(services, lease, thread, turn);
	} catch (error) {
		const words = wordsIn(lease.left);
		return afterFailedSend({ thread, turn, plan }, services.clock, error, { words });
	}
	if (left?.kind === 'sent') {
		if (left.newestSid === newestSid) return repeatOf(left.sent);
		thread = await readTurn(services, turn, plan);
		turn = withoutAnswered(turn, thread);
	}
	const reply = replyIn(thread, newestSid);
	if (reply) {
		const identity = { threadId: turn.threadId, author: 'agent' as const };
		return repeatOf(await services.sms.recall(identity, reply.messageSid));
	}

	// Words to an earlier turn are void: the newer text may ask for others.
	const kept = left?.kind === 'written' && left.newestSid === newestSid ? left.words : undefined;
	const outcome =
		kept === undefined
			? ((await handOverDeadActions(services, thread)) ??
				(await composeReply(services, thread, turn, plan)))
			: (silenceFor(thread, turn, services.clock.now()) ?? writtenReply(kept));
	switch (outcome.kind) {
		case 'noReply':
			return await confirmOptOut(services, thread, turn, plan, outcome);
		case 'optOut': {
			const optedOut = await learnOptOut(services, turn, outcome);
			thread = await readTurn(services, turn, plan);
			return await confirmOptOut(services, thread, turn, plan, optedOut);
		}
		case 'needsHuman':
			return await handOver(services, turn, plan, outcome);
		case 'replied': {
			const of = { thread, turn, plan };
			const late = kept === undefined ? undefined : afterItsTime(of, services.clock, kept);
			return late ?? (await sendReply(services, lease, of, outcome));
		}
	}
}

async function sendReply(
	services: ReplyServices,
	{ claim }: ThreadLease,
	of: { thread: Standing; turn: ReplyTurn; plan: ReplyPlan },
	composed: Extract<ReplyOutcome, { kind: 'replied' }>,
): Promise<ReplyOutcome> {
	const { thread, turn, plan } = of;
	const { text: words, composing } = composed;
	const answers = turn.messages.map(({ messageSid }) => messageSid);
	const draft = { ...replyDraft(turn, words), answers };
	try {
		const keepWords = keepsTrying(thread, turn, plan);
		if (plan.looksElsewhere) {
			const withinMs = plan.pauseAfterHandOverMs ?? USUAL_PAUSE_MS;
			await services.sms.noticeElsewhere(thread, turn.contact, withinMs);
		}
		const outcome = await services.sms.sendHeld(claim, draft, { keepWords });
		if (outcome.kind === 'unwanted') return silenceBecause(outcome.why, composing);
		const sent = await remember(services, thread, turn.messages, outcome.sent);
		return { ...composed, sent };
	} catch (error) {
		if (error instanceof ClaimLostError) return leaveToOther(composing);
		return afterFailedSend(of, services.clock, error, { words, composing });
	}
}
