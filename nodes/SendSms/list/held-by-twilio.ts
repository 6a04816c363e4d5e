import { inWords } from '../../shared/messaging/duration';
import { InvalidInputError } from '../../shared/messaging/invalid-input-error';
import type { SenderRate } from '../../shared/twilio/api/sender-rate';
import { LONGEST_VALIDITY } from '../options';
import { many } from './tally';

/** A text of a list that is sent at one go. */
export interface ListedText {
	/** The number or the Messaging Service that it goes out from. */
	sender: string;
	segments: number;
	/** Seconds it may wait at Twilio; ten hours where it says nothing. */
	validityPeriod?: number | undefined;
}

export interface Holding {
	/** Seconds from Twilio's taking each text to its last segment; undefined where the rate is not known. */
	held: Array<number | undefined>;
	/** Seconds from the first text to the last segment of the list, of the senders whose rate is known. */
	last: number;
}

/**
 * How long Twilio holds the texts of a list that come to an empty queue, in this order.
 *
 * @param rates by sender.
 * @param textsPerSecond of each sender, where we pace them ourselves.
 */
export function heldByTwilio(
	texts: readonly ListedText[],
	rates: ReadonlyMap<string, SenderRate>,
	textsPerSecond = Infinity,
): Holding {
	const queues = new Map<string, { taken: number; freeAt: number }>();
	let last = 0;
	const held = texts.map(({ sender, segments }) => {
		const rate = rates.get(sender);
		if (!rate) return undefined;
		const { taken, freeAt } = queues.get(sender) ?? { taken: 0, freeAt: 0 };
		const arrives = taken / textsPerSecond;
		const leaves = Math.max(arrives, freeAt) + queued(segments) / rate.segmentsPerSecond;
		queues.set(sender, { taken: taken + 1, freeAt: leaves });
		last = Math.max(last, leaves);
		return leaves - arrives;
	});
	return { held, last };
}

/** A text of media alone has no segment, and takes the time of one. */
function queued(segments: number): number {
	return Math.max(1, segments);
}

/**
 * What `heldByTwilio` gives. Throws InvalidInputError where Twilio would drop a text of the list before
 * it is its turn.
 */
export function assertNoneIsDropped(
	texts: readonly ListedText[],
	rates: ReadonlyMap<string, SenderRate>,
	textsPerSecond?: number,
): Holding {
	const holding = heldByTwilio(texts, rates, textsPerSecond);
	const { held } = holding;
	// Whole seconds: adding up thirds of one must not tip a list that just fits.
	const dropped = texts.find((text, index) => Math.floor(held[index] ?? 0) > validityOf(text));
	const rate = dropped && rates.get(dropped.sender);
	if (!rate) return holding;
	const { sender } = dropped;
	const { segmentsPerSecond, source } = rate;
	const validity = validityOf(dropped);
	const ofSender = texts.filter((text) => text.sender === sender);
	const segments = ofSender.reduce((sum, text) => sum + queued(text.segments), 0);
	const took = inWords((segments / segmentsPerSecond) * 1_000);
	const pace = `${source === 'usual' ? 'the usual ' : ''}${segmentsPerSecond} a second`;
	const isShort = validity < LONGEST_VALIDITY;
	throw new InvalidInputError({
		field: isShort ? 'Validity Period' : 'From',
		cause: `the ${many(segments)} segments of this list from ${sender} take about ${took} at ${pace}, and Twilio drops what has waited for ${inWords(validity * 1_000)} (errors 30001, 30036); nothing was sent`,
		fix: `Send fewer rows per run (about ${many(Math.floor(validity * segmentsPerSecond))} segments fit), ${isShort ? 'allow a longer Validity Period, ' : ''}or send from several numbers in a Messaging Service, from a toll-free number or from a short code.`,
	});
}

function validityOf({ validityPeriod = LONGEST_VALIDITY }: ListedText): number {
	return validityPeriod;
}
