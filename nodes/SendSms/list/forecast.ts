import { countSegments } from '../../shared/messaging/segments';
import { inWords } from '../../shared/messaging/duration';
import type { SendServices } from '../../shared/sending/outbound-draft';
import { readSenderRate, type SenderRate } from '../../shared/twilio/api/sender-rate';
import type { Addressing } from '../addressing';
import { USUAL_SEGMENTS } from '../options';
import type { PlannedText } from '../plan-text';
import { assertNoneIsDropped } from './held-by-twilio';
import { many } from './tally';

/** When the texts of a list leave Twilio, as far as it can be known before the first. */
export interface Forecast {
	/** Seconds that Twilio will hold the text of an item, by its index. */
	held: ReadonlyMap<number, number>;
	/** For who looks at the run; undefined where nobody need wait. */
	words: string | undefined;
}

/** Each costs requests; a list with more senders than that spreads itself. */
const MOST_SENDERS = 5;

/** Seconds. A list that is through within a minute needs no word about it. */
const WORTH_SAYING = 60;

/**
 * Asks Twilio what the senders of a list may pass on. Throws InvalidInputError where texts would
 * outlive the time that Twilio keeps them for.
 */
export async function forecastOf(
	{ twilio }: SendServices,
	planned: readonly PlannedText[],
): Promise<Forecast> {
	// Twilio keeps those for another time, in no queue.
	const texts = planned
		.filter(({ options }) => options.sendAt === undefined)
		.map((text) => ({
			itemIndex: text.itemIndex,
			sender: senderOf(text.addressing),
			segments: segmentsOf(text),
			validityPeriod: text.options.validityPeriod,
		}));
	const senders = new Map(
		planned.map(({ addressing }) => [senderOf(addressing), addressing] as const),
	);
	const rates = new Map<string, SenderRate>();
	for (const [sender, addressing] of [...senders].slice(0, MOST_SENDERS)) {
		const rate = await readSenderRate(twilio, addressing);
		if (rate) rates.set(sender, rate);
	}
	const pace = planned[0]?.options.textsPerSecond;
	const { held, last } = assertNoneIsDropped(texts, rates, pace);
	const known = texts.flatMap(({ itemIndex }, at) => {
		const seconds = held[at];
		return seconds === undefined ? [] : [[itemIndex, Math.round(seconds)] as const];
	});
	return {
		held: new Map(known),
		words: last < WORTH_SAYING ? undefined : inSentence(last, rates),
	};
}

/** Who texts, as the pace and Twilio's queue go by. */
export function senderOf({ from, messagingServiceSid }: Addressing): string {
	return from ?? messagingServiceSid ?? '';
}

function segmentsOf({ words, options }: PlannedText): number {
	if ('brief' in words) return options.text.maxSegments ?? USUAL_SEGMENTS;
	try {
		return countSegments(words.fitted()).numSegments;
	} catch {
		// It will not be sent, and says so itself.
		return 1;
	}
}

function inSentence(last: number, rates: ReadonlyMap<string, SenderRate>): string {
	const paces = [...rates].map(
		([sender, { segmentsPerSecond }]) => `${many(segmentsPerSecond)} a second from ${sender}`,
	);
	return `Twilio passes on about ${paces.join(', ')}: the last of these texts leaves about ${inWords(last * 1_000)} after the first.`;
}
