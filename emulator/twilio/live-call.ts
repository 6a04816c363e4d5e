import type { CallPeople, KeyPress, Party, PhoneDeed, Ringing } from './call-people';
import type { ContactCallResult } from './contact-call';

/** `by` is 'caller' or the number of a phone that rings. */
export interface Offer {
	readonly by: string;
	readonly does: 'answers' | 'rejects' | 'rings out' | 'presses a key' | 'speaks' | 'hangs up';
}

export interface Deed extends Offer {
	/** The key pressed. Default '1'. */
	readonly key?: string;
	/** For how long somebody speaks. Default 8. */
	readonly seconds?: number;
}

interface LivePhone {
	readonly phoneNumber: string;
	readonly shownAs: string;
	readonly heard: string[];
	state: 'ringing' | 'asked' | 'talking' | 'rejected' | 'missed' | 'ended';
}

/** Of a call, all that its view is made from. */
export interface KeptCall {
	readonly call: LiveCall['call'];
	readonly startedAt: Date;
	readonly phones: readonly LivePhone[];
	readonly heard: readonly string[];
	readonly end: CallEnd;
}

type CallEnd = Partial<ContactCallResult> & { problem?: string };

const HANG_UP: Offer = { by: 'caller', does: 'hangs up' };

/**
 * A call whose people decide while it goes on: it waits for one of the deeds that it offers, or
 * until a phone has rung, or waited for a key, as long as Twilio was told.
 */
export class LiveCall implements CallPeople {
	/** By number, in the order they rang. */
	private readonly phones = new Map<string, LivePhone>();
	private readonly heard: string[] = [];
	private ringsUntil = 0;
	private offers: readonly Offer[] = [];
	private settle: ((deed: Deed | null) => void) | null = null;
	private abandoned = false;
	private end: CallEnd = {};
	private ended = false;

	constructor(
		readonly call: { readonly sid: string; readonly from: string; readonly to: string },
		private readonly changed: (call: LiveCall) => void,
		readonly startedAt = new Date(),
	) {}

	/** One of an earlier process; nobody is on the line any more. */
	static over({ call, startedAt, phones, heard, end }: KeptCall): LiveCall {
		const live = new LiveCall(call, () => undefined, startedAt);
		for (const phone of phones) live.phones.set(phone.phoneNumber, phone);
		live.heard.push(...heard);
		live.finish(end);
		return live;
	}

	kept(): KeptCall {
		const { call, startedAt, heard, end } = this;
		return { call, startedAt, phones: [...this.phones.values()], heard, end };
	}

	/** False where nothing waits for this. */
	act(deed: Deed): boolean {
		const isOffered = this.offers.some(({ by, does }) => by === deed.by && does === deed.does);
		if (isOffered) this.settle?.(deed);
		return isOffered;
	}

	/** Nobody will decide any more: the caller hangs up. */
	abandon(): void {
		this.abandoned = true;
		this.settle?.(HANG_UP);
	}

	finish(end: CallEnd): void {
		this.end = end;
		this.ended = true;
		for (const phone of this.phones.values()) phone.state = lastState(phone);
		this.changed(this);
	}

	/** As the phone page and the control API show it. */
	view(): Record<string, unknown> {
		const { startedAt, heard, offers, ended } = this;
		const { undeliverable = null, errorCode = null, recordingUrl, connectedTo } = this.end;
		return {
			...this.call,
			startedAt,
			ended,
			phones: [...this.phones.values()],
			heard,
			offers,
			undeliverable,
			errorCode,
			problem: this.end.problem ?? null,
			wasTaken: Boolean(connectedTo),
			wasRecorded: Boolean(recordingUrl),
		};
	}

	async whileRinging({ phones, shownAs, seconds }: Ringing): Promise<PhoneDeed | null> {
		// None of them rang yet: another <Dial>, where phones ring one after the other.
		if (!phones.some((phone) => this.phone(phone)?.state === 'ringing')) {
			this.ringsUntil = Date.now() + seconds * 1000;
			for (const phoneNumber of phones) {
				this.phones.delete(phoneNumber);
				this.phones.set(phoneNumber, {
					phoneNumber,
					shownAs,
					heard: [],
					state: 'ringing',
				});
			}
		}
		const offers = phones.flatMap((by) =>
			(['answers', 'rejects', 'rings out'] as const).map((does) => ({ by, does })),
		);
		const deed = await this.next(offers, this.ringsUntil - Date.now());
		if (deed?.by === 'caller') return null;
		const phone = deed?.by ?? phones[0] ?? '';
		const does =
			deed?.does === 'answers'
				? 'answers'
				: deed?.does === 'rejects'
					? 'rejects'
					: 'rings out';
		const states = { answers: 'asked', rejects: 'rejected', 'rings out': 'missed' } as const;
		this.setState(phone, states[does]);
		return { phone, does };
	}

	phoneHears(phone: string, words: string): void {
		this.phone(phone)?.heard.push(words);
		this.changed(this);
	}

	async pressesKey(phone: string, seconds: number): Promise<KeyPress> {
		const offers = (['presses a key', 'hangs up'] as const).map((does) => ({
			by: phone,
			does,
		}));
		const deed = await this.next(offers, seconds * 1000);
		if (deed?.does === 'presses a key') return { kind: 'key', key: deed.key ?? '1' };
		this.setState(phone, 'ended');
		if (deed === null) return { kind: 'nothing' };
		return { kind: 'hangsUp', who: partyOf(deed) };
	}

	async talks(phone: string): Promise<Party> {
		for (const each of this.phones.values())
			if (each.state === 'ringing') each.state = 'missed';
		this.setState(phone, 'talking');
		const deed = await this.next([{ by: phone, does: 'hangs up' }]);
		return partyOf(deed ?? HANG_UP);
	}

	async callerHears(words: string): Promise<boolean> {
		this.heard.push(words);
		this.changed(this);
		return true;
	}

	async speaks(): Promise<number | null> {
		const deed = await this.next([{ by: 'caller', does: 'speaks' }]);
		return deed?.does === 'speaks' ? (deed.seconds ?? 8) : null;
	}

	/** The caller may always hang up. Null when the time is over. */
	private async next(offers: readonly Offer[], ms?: number): Promise<Deed | null> {
		if (this.abandoned) return HANG_UP;
		this.offers = [...offers, HANG_UP];
		this.changed(this);
		let timer: NodeJS.Timeout | undefined;
		const deed = await new Promise<Deed | null>((resolve) => {
			this.settle = resolve;
			if (ms !== undefined) timer = setTimeout(() => resolve(null), Math.max(0, ms));
		});
		clearTimeout(timer);
		this.settle = null;
		this.offers = [];
		return deed;
	}

	private phone(phoneNumber: string): LivePhone | undefined {
		return this.phones.get(phoneNumber);
	}

	private setState(phoneNumber: string, state: LivePhone['state']): void {
		const phone = this.phone(phoneNumber);
		if (phone) phone.state = state;
		this.changed(this);
	}
}

function partyOf({ by }: Offer): Party {
	return by === 'caller' ? 'caller' : 'phone';
}

function lastState({ state }: LivePhone): LivePhone['state'] {
	if (state === 'ringing') return 'missed';
	return state === 'asked' || state === 'talking' ? 'ended' : state;
}
