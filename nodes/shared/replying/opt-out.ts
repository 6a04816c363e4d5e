import type { ConsentChange } from '../contacts/contact';
import { changeConsent } from '../contacts/change-consent';
import { isQuotedFrom, ownWordsOf } from '../contacts/own-words/own-words';
import { identityOfContact, type Standing } from '../contacts/standing';
import { finishText } from '../composing/finished-text';
import { isoTime } from '../messaging/clock';
import { reasonOf } from '../messaging/reason-of';
import { confirmationKey } from '../sending/opt-outs/opt-out-confirmation';
import type { ThreadServices } from '../threads/thread-store';
import { NOT_COMPOSED, type ComposingReport, type ReplyOutcome } from './reply-outcome';
import type { ReplyServices } from './reply-services';
import type { ReplyPlan, ReplyTurn } from './reply-turn';
import { noReply, replyDraft } from './silence';

type NoReply = Extract<ReplyOutcome, { kind: 'noReply' }>;
type NeedsHuman = Extract<ReplyOutcome, { kind: 'needsHuman' }>;

/** The model found that the contact wants no more texts, in these words of theirs. */
export interface OptOutSeen {
	kind: 'optOut';
	words: string;
	messageSid: string;
	composing: ComposingReport;
}

/** An opt-out that a model saw counts where it can say by which words; else a person has to look. */
export function optOutSeen(
	words: string,
	turn: ReplyTurn,
	composing: ComposingReport,
): OptOutSeen | NeedsHuman {
	const said = turn.messages.findLast(({ body }) => isQuotedFrom(words, [body]));
	if (said) return { kind: 'optOut', words, messageSid: said.messageSid, composing };
	return maybeOptOut(`"${words}", which are not the words of their text`, composing);
}

/**
 * Words that may mean an opt-out and may not: no agent answers them. Undefined where no text of the
 * turn has any.
 */
export function doubtfulOptOut(turn: ReplyTurn): NeedsHuman | undefined {
	const found = turn.messages.map(({ body }) => ownWordsOf(body));
	const doubtful = found.find((one) => one?.kind === 'doubtful');
	return doubtful && maybeOptOut(`"${doubtful.words}"`);
}

function maybeOptOut(words: string, composing: ComposingReport = NOT_COMPOSED): NeedsHuman {
	const reason = `The contact may have asked not to be texted any more: ${words}. Nothing was sent. If they did, opt them out with the SMS Agent node; if not, answer them.`;
	return { kind: 'needsHuman', code: 'maybeOptOut', reason, handover: null, composing };
}

/**
 * Writes down the opt-out that the model saw, and lets Twilio know where there is a sender that can.
 * Rejects with StoreUnavailableError.
 */
export async function learnOptOut(
	services: ThreadServices & Partial<Pick<ReplyServices, 'sms'>>,
	turn: ReplyTurn,
	{ words, messageSid, composing }: OptOutSeen,
): Promise<NoReply> {
	// Who tries prompts opts nobody out.
	let untold: string | undefined;
	if (!turn.isTry) {
		const change: ConsentChange = {
			...{ status: 'optedOut', how: 'ownWords', by: words, messageSid },
			since: isoTime(services.clock),
		};
		await changeConsent(services, await identityOfContact(services, turn.threadId), change);
		const senders = [turn.messagingServiceSid ?? turn.sender];
		untold = await services.sms?.consentChanged(turn.threadId, change, senders);
	}
	const reason = `The contact has opted out of texts in their own words: "${words}".`;
	return noReply('optedOut', untold ? `${reason} ${untold}` : reason, composing);
}

/**
 * Confirms an opt-out that a text of this turn is, where Twilio does not: once, within five minutes,
 * in the builder's words. What keeps the text back goes into the reason.
 */
export async function confirmOptOut(
	services: ReplyServices,
	{ contact }: Standing,
	turn: ReplyTurn,
	{ optOutText, text: rules }: Pick<ReplyPlan, 'optOutText' | 'text'>,
	outcome: NoReply,
): Promise<NoReply> {
	const { consent } = contact;
	if (outcome.code !== 'optedOut' || consent.status !== 'optedOut') return outcome;
	const isOfTurn = turn.messages.some(({ messageSid }) => messageSid === consent.messageSid);
	if (!isOfTurn || optOutText.trim() === '') return outcome;
	const notSent = (why: string): NoReply => ({
		...outcome,
		reason: `${outcome.reason} (It was not confirmed: ${why})`,
	});
	const finished = finishText(optOutText, { ...rules, whenLonger: 'send' }, 'operator');
	if (finished.kind === 'unusable') return notSent(finished.reason);
	try {
		const key = await confirmationKey(services, turn.threadId);
		const draft = { ...replyDraft(turn, finished.text), author: 'operator' as const };
		const told = await services.sms.sendToThread(
			{ ...draft, purpose: { kind: 'optOutConfirmation' } },
			key,
		);
		if (told.kind === 'unwanted') return notSent(told.why.message);
		return { ...outcome, confirmation: told.sent };
	} catch (error) {
		return notSent(reasonOf(error));
	}
}
