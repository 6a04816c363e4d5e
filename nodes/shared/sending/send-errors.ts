import { NoAnswerError } from '../http/http-client';
import { TwilioApiError } from '../twilio/api/twilio-client';
import type { Unwanted } from './outbound-draft';

/** Why a text did not go out, or why we cannot tell. */
export abstract class SendError extends Error {
	/** What the builder can do about it. */
	abstract readonly fix: string;
}

/** The contact does not want texts. Nothing was sent. For a node whose user asked for this very text. */
export class OptedOutError extends SendError {
	override readonly name = 'OptedOutError';
	readonly fix =
		'Do not try again. Only the contact can lift this, by texting START to the number.';

	constructor({ message, cause }: Extract<Unwanted, { why: 'optedOut' }>) {
		super(message, cause === undefined ? undefined : { cause });
	}
}

/** A text that was to confirm an opt-out may not go out. Nothing was sent. */
export class NotConfirmedError extends SendError {
	override readonly name = 'NotConfirmedError';
	readonly fix =
		'Who has opted out may get one text more: the confirmation, within five minutes, and only where Twilio does not send it. Connect this node behind an Incoming SMS Trigger with Run on STOP, START and HELP, for the event optOut alone; where Twilio answers STOP itself, take the node away.';

	constructor({ message, cause }: Extract<Unwanted, { why: 'noConfirmation' }>) {
		super(message, cause === undefined ? undefined : { cause });
	}
}

/** The other side can write and not be written to. Nothing was sent. */
export class CannotTextError extends SendError {
	override readonly name = 'CannotTextError';
	readonly fix =
		'Texts from names and short codes are notices of other companies; Twilio can text phone numbers only. Send the item to a person if it matters.';
}

/** As many texts went out within an hour, or in this run, as may. Nothing was sent. */
export class TooManyTextsError extends SendError {
	override readonly name = 'TooManyTextsError';

	constructor(
		why: string,
		readonly fix: string,
	) {
		super(`Not sent: ${why}`);
	}
}

/** Another execution holds the claim of this send. */
export class SendHeldError extends SendError {
	override readonly name = 'SendHeldError';
	readonly fix =
		'Look at the other execution. If it crashed, run this one again after two minutes: it will look at Twilio first and send only what is missing.';

	constructor() {
		super('Another execution is sending this text right now; it was not sent a second time');
	}
}

/** Twilio's answer was lost and its message list does not show the text (yet). */
export class OutcomeUnknownError extends SendError {
	override readonly name = 'OutcomeUnknownError';
	readonly fix: string =
		'Look for the text in the message log of the Twilio Console before you send it by hand. Running this execution again is safe: it looks at Twilio first, and sends again only when the text is still not there two minutes after the attempt.';

	/** ISO 8601, UTC: when Twilio was asked. */
	readonly since: string;

	constructor({ to, since }: { to: string; since: string }, options?: { cause?: unknown }) {
		super(
			`It is not certain whether the text to ${to} was sent: Twilio's answer was lost`,
			options,
		);
		this.since = since;
		const cause = options?.cause;
		const isOfTwilio = cause instanceof NoAnswerError || cause instanceof TwilioApiError;
		if (isOfTwilio && cause.isStranger) {
			this.fix = `What answers is hardly Twilio: check API Base URL in the Twilio Messaging API credential. ${this.fix}`;
		}
	}
}

/** The text is out, but its thread does not show it. */
export class SentButNotRecordedError extends SendError {
	override readonly name = 'SentButNotRecordedError';
	readonly fix =
		'Do not send it again by hand. Running this execution again adds it to the thread without sending.';

	constructor(
		readonly messageSid: string,
		options?: { cause?: unknown },
	) {
		super(
			`The text WAS sent (${messageSid}), but it could not be added to its thread`,
			options,
		);
	}
}

/** A model was asked for a text and decided that there is none to write. */
export class NotWrittenError extends SendError {
	override readonly name = 'NotWrittenError';
	readonly fix =
		'Nothing was sent. Say more in What to Say and in the SMS Prompt, or let a person write.';

	constructor(readonly reason: string) {
		super(`The model did not write a text: ${reason}`);
	}
}
