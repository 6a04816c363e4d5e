import type { ContactCall, PhoneBehaviour } from './contact-call';

/** Phones that a <Dial> rings. */
export interface Ringing {
	readonly phones: readonly string[];
	/** What they show as the caller. */
	readonly shownAs: string;
	/** How long they ring at most. */
	readonly seconds: number;
}

export interface PhoneDeed {
	/** One of those that ring. */
	readonly phone: string;
	readonly does: PhoneBehaviour;
}

/** What somebody does who is asked for a key. */
export type KeyPress =
	| { readonly kind: 'key'; readonly key: string }
	| { readonly kind: 'nothing' }
	| { readonly kind: 'hangsUp'; readonly who: Party };

export type Party = 'caller' | 'phone';

/** The people in a call: what they do is asked when it is their turn. */
export interface CallPeople {
	/** What happens next while the phones ring; null: the caller hangs up. */
	whileRinging(ringing: Ringing): Promise<PhoneDeed | null>;
	/** Something is spoken to a phone that picked up. */
	phoneHears(phone: string, words: string): void;
	/** What is pressed on a phone within some seconds. */
	pressesKey(phone: string, seconds: number): Promise<KeyPress>;
	/** Resolves when one of the two who talk hangs up, with who it is. */
	talks(phone: string): Promise<Party>;
	/** Something is spoken to the caller; resolves with whether they go on listening. */
	callerHears(words: string): Promise<boolean>;
	/** For how many seconds the caller speaks after the tone; null: they hang up instead. */
	speaks(): Promise<number | null>;
}

/** People who do what a test has said beforehand. */
export function scriptedPeople(call: ContactCall): CallPeople {
	const picked = new Map<string, PhoneBehaviour>();
	return {
		async whileRinging({ phones: [phone = ''] }) {
			if (call.hangsUp === 'while it rings') return null;
			const does = behaviourOf(call, phone);
			picked.set(phone, does);
			return { phone, does };
		},
		phoneHears() {},
		async pressesKey(phone) {
			const { pressesKey: key = '1' } = call;
			const silent = key === null || picked.get(phone) === 'voicemail';
			return silent ? { kind: 'nothing' } : { kind: 'key', key };
		},
		talks: async () => (call.hangsUp === 'in the talk' ? 'caller' : 'phone'),
		callerHears: async () => call.hangsUp !== 'during the message',
		speaks: async () => call.speaks ?? 0,
	};
}

function behaviourOf({ owner = 'rings out' }: ContactCall, phone: string): PhoneBehaviour {
	if (typeof owner === 'string') return owner;
	const behaviour = owner[phone];
	if (behaviour === undefined) throw new Error(`Nobody said what ${phone} does when it rings`);
	return behaviour;
}
