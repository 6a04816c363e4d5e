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

/**
 * The consent keyword a text consists of, or undefined for an ordinary text.
 *
 * @param optOutType Twilio's own verdict (Advanced Opt-Out); it wins over the words.
 * @param optedOut whether the contact is opted out now. "YES" from somebody who never opted out
 *   answers a question, so opt-in words count only for those who did.
 */
export function consentWordOf(
	body: string,
	optOutType: string | undefined,
	optedOut: boolean,
): ConsentWord | undefined {
	switch (optOutType?.toUpperCase()) {
		case 'STOP':
			return 'stop';
		case 'START':
			return 'start';
		case 'HELP':
			return 'help';
		default: {
			const word = TWILIO_KEYWORDS.get(body.trim().toUpperCase());
			return word === 'start' && !optedOut ? undefined : word;
		}
	}
}
