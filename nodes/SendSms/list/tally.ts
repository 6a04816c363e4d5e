import type { IDataObject } from 'n8n-workflow';
import { ModelError } from '../../shared/composing/model-error';
import { NoAnswerError } from '../../shared/http/http-client';
import { StoreUnavailableError } from '../../shared/threads/thread-store';
import {
	NotWrittenError,
	OptedOutError,
	OutcomeUnknownError,
	SendHeldError,
	TooManyTextsError,
} from '../../shared/sending/send-errors';
import { TwilioApiError } from '../../shared/twilio/api/twilio-client';
import { InvalidInputError } from '../../shared/messaging/invalid-input-error';
import { TriedInVainError } from '../../shared/sending/keep-trying';
import { SKIPPED_EVENT } from '../../shared/n8n/items/incoming-text';

/** Why nothing went out where all is as it should be, by what the item says. */
const SKIPPED: Record<string, string> = {
	optedOut: 'opted out',
	answered: 'answered already',
	takeover: 'left to a person',
	newerText: 'made stale by a newer text',
};

/** Counts what became of the items of one run, for whoever looks at it. */
export class Tally {
	/** Of them, so many texts went out, in so many segments. */
	sent = 0;
	segments = 0;
	/** Segments by whom they went to. */
	readonly segmentsTo = new Map<string, number>();
	private readonly skipped = new Map<string, number>();
	private readonly failed = new Map<string, number>();

	constructor(private readonly items: number) {}

	get done(): number {
		return this.sent + total(this.skipped) + total(this.failed);
	}

	/** @param isTwin another item of this list has the same words for the same contact. */
	count(json: IDataObject, isTwin = false): void {
		const { event, reasonCode, repeated, numSegments, to } = json as {
			event: string;
			reasonCode?: string;
			repeated?: boolean;
			numSegments: number;
			to: string;
		};
		if (event === SKIPPED_EVENT) {
			add(this.skipped, SKIPPED[reasonCode ?? ''] ?? 'skipped');
		} else if (isTwin) {
			add(this.skipped, 'twice in the list');
		} else if (repeated === true) {
			add(this.skipped, 'sent before');
		} else {
			this.sent += 1;
			this.segments += numSegments;
			add(this.segmentsTo, to, numSegments);
		}
	}

	countFailure(error: unknown): void {
		const cause = error instanceof TriedInVainError ? error.last : error;
		if (cause instanceof OptedOutError) return add(this.skipped, 'opted out');
		if (cause instanceof TooManyTextsError) return add(this.skipped, 'over the limit');
		add(this.failed, nameOf(cause));
	}

	/** In a sentence or two. */
	inWords(cost: string | undefined): string {
		const about = cost === undefined ? '' : `, about ${cost}`;
		return [
			`${many(this.sent)} of ${many(this.items)} texts sent (${many(this.segments)} segments${about}).`,
			...listed('Not sent', this.skipped),
			...listed('Failed', this.failed),
		].join(' ');
	}
}

function nameOf(error: unknown): string {
	if (error instanceof TwilioApiError) {
		return error.code === undefined ? `HTTP ${error.status}` : `Twilio error ${error.code}`;
	}
	if (error instanceof InvalidInputError) return `mistake in ${error.field}`;
	if (error instanceof NoAnswerError) return 'no answer from Twilio';
	if (error instanceof OutcomeUnknownError) return 'not certain';
	if (error instanceof SendHeldError) return 'being sent by another run';
	if (error instanceof ModelError || error instanceof NotWrittenError) return 'not written';
	return error instanceof StoreUnavailableError ? 'thread store away' : 'other';
}

function listed(title: string, counts: ReadonlyMap<string, number>): string[] {
	if (counts.size === 0) return [];
	const parts = [...counts].map(([what, count]) => `${many(count)} ${what}`);
	return [`${title}: ${parts.join(', ')}.`];
}

function add(counts: Map<string, number>, what: string, count = 1): void {
	counts.set(what, (counts.get(what) ?? 0) + count);
}

function total(counts: ReadonlyMap<string, number>): number {
	return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

/** With a comma for the thousands, as n8n's editor writes them. */
export function many(count: number): string {
	return count.toLocaleString('en-US');
}
