/** What a text says about consent. */
export type ConsentWord = 'stop' | 'start' | 'help';

// Twilio's defaults for long codes and toll-free numbers: the whole text is one word, in any case.
const TWILIO_KEYWORDS: ReadonlyMap<string, ConsentWord> = new Map([
	...['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT'].map(
		(word) => [word, 'stop'] as const,
	),
	...['START', 'YES', 'UNSTOP'].map((word) => [word, 'start'] as const),
	...['HELP', 'INFO'].map((word) => [word, 'help'] as const),
]);

const VERDICTS: ReadonlyMap<string, ConsentWord> = new Map([
	['STOP', 'stop'],
	['START', 'start'],
	['HELP', 'help'],
]);

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
	const word = verdict ?? TWILIO_KEYWORDS.get(body.trim().toUpperCase());
	return word === 'start' && !optedOut ? undefined : word;
}
