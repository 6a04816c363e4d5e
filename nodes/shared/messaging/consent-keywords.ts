import { LONGEST_TEXT } from './text-bounds';

/** What a text says about consent. */
export type ConsentWord = 'stop' | 'start' | 'help';

/**
 * Twilio's defaults for long codes and toll-free numbers: the whole text is one word, in any case.
 * The rules for the model, the README and the emulator of Twilio name these words too; a test tells
 * where one is missing. A word that Twilio does not know stops us alone, not Twilio.
 */
export const CONSENT_KEYWORDS: Readonly<Record<ConsentWord, readonly string[]>> = {
	stop: ['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT'],
	start: ['START', 'YES', 'UNSTOP'],
	help: ['HELP', 'INFO'],
};

const MEANINGS: ReadonlyMap<string, ConsentWord> = new Map(
	(['stop', 'start', 'help'] as const).flatMap((meaning) =>
		CONSENT_KEYWORDS[meaning].map((word) => [word, meaning] as const),
	),
);

const VERDICTS: ReadonlyMap<string, ConsentWord> = new Map([
	['STOP', 'stop'],
	['START', 'start'],
	['HELP', 'help'],
]);

/**
 * "Stop!" and “STOP.” mean STOP, though Twilio does not know them. START and HELP do not: Twilio
 * would go on blocking, or answer nothing.
 */
function emphaticStop(body: string): ConsentWord | undefined {
	const word = body
		.replace(/^[\s\p{Cf}"'“”]+/u, '')
		.replace(/(?<![\s\p{Cf}.!"'“”])[\s\p{Cf}.!"'“”]+$/u, '');
	return MEANINGS.get(word.toUpperCase()) === 'stop' ? 'stop' : undefined;
}

/**
 * The consent keyword a text consists of, or undefined for an ordinary text.
 *
 * @param optOutType Twilio's own verdict (Advanced Opt-Out); it wins over the words.
 * @param optedOut whether the contact is opted out now. "YES" from somebody who never opted out
 *   answers a question, so opt-in words count only for those who did, whoever found them to be one.
 */
export function consentWordOf(
	body: string,
	optOutType: string | undefined,
	optedOut: boolean,
): ConsentWord | undefined {
	const verdict = VERDICTS.get(optOutType?.toUpperCase() ?? '');
	const said = body.length > LONGEST_TEXT ? '' : body;
	const word = verdict ?? MEANINGS.get(said.trim().toUpperCase()) ?? emphaticStop(said);
	return word === 'start' && !optedOut ? undefined : word;
}
