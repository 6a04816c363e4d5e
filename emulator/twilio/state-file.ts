import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { endLeg } from './call-leg';
import { LiveCall, type KeptCall } from './live-call';
import type { TwilioState } from './state';

/** Another number for each change of what is kept: an old file is then put aside. */
const FORMAT = 2;
/** A burst of changes is one write. Milliseconds. */
const SAVE_AFTER_MS = 200;

type Kept = Pick<
	TwilioState,
	| 'accounts'
	| 'numbers'
	| 'services'
	| 'optOuts'
	| 'lineTypes'
	| 'stickySenders'
	| 'contacts'
	| 'messages'
	| 'deliveries'
	| 'callLog'
> & { format: number; calls: KeptCall[] };

/**
 * Keeps the state in a file, so that the next process goes on where this one ended: soon after
 * each change and when it is closed, the whole at once or not at all. Not kept are faults and the
 * log of requests. The file is Node's own serialisation, because records hold dates and bytes.
 */
export class StateFile {
	private timer: NodeJS.Timeout | undefined;

	constructor(
		private readonly path: string,
		private readonly state: TwilioState,
	) {}

	/** Fills the state, where there is a file. One that cannot be read is put aside, with a warning. */
	load(): void {
		if (!existsSync(this.path)) return;
		try {
			const kept = deserialize(readFileSync(this.path)) as Partial<Kept>;
			if (kept.format !== FORMAT) throw new Error('another version wrote it');
			this.fill(kept as Kept);
		} catch (error) {
			const aside = `${this.path}.unreadable`;
			renameSync(this.path, aside);
			console.warn(
				`The Twilio emulator begins with nothing: it could not read what it kept (${reasonOf(error)}). That is now in ${aside}.`,
			);
		}
	}

	/** From now on every change is kept. */
	follow(): void {
		const later = () => {
			this.timer ??= setTimeout(() => {
				this.timer = undefined;
				this.save();
			}, SAVE_AFTER_MS).unref();
		};
		this.state.on('message', later).on('delivery', later).on('call', later).on('setup', later);
	}

	close(): void {
		clearTimeout(this.timer);
		this.save();
	}

	private save(): void {
		const begun = `${this.path}.${process.pid}`;
		try {
			mkdirSync(dirname(this.path), { recursive: true });
			// It holds Auth Tokens and what people wrote: for this user only.
			writeFileSync(begun, serialize(this.kept()), { mode: 0o600, flush: true });
			renameSync(begun, this.path);
		} catch (error) {
			rmSync(begun, { force: true });
			console.warn(`The Twilio emulator cannot keep its state: ${reasonOf(error)}`);
		}
	}

	private kept(): Kept {
		const { accounts, numbers, services, optOuts, lineTypes, stickySenders } = this.state;
		const { contacts, messages, deliveries, liveCalls, callLog } = this.state;
		return {
			format: FORMAT,
			...{ accounts, numbers, services, optOuts, lineTypes, stickySenders },
			...{ contacts, messages, callLog },
			// The others tell of what has been answered, and nobody looks at them later.
			deliveries: deliveries.filter(({ kind }) => kind === 'inbound'),
			calls: liveCalls.map((call) => call.kept()),
		};
	}

	private fill(kept: Kept): void {
		const { state } = this;
		for (const [sid, account] of kept.accounts) state.accounts.set(sid, account);
		for (const [sid, number] of kept.numbers) state.numbers.set(sid, number);
		for (const [sid, service] of kept.services) state.services.set(sid, service);
		for (const [number, type] of kept.lineTypes) state.lineTypes.set(number, type);
		for (const [key, sender] of kept.stickySenders) state.stickySenders.set(key, sender);
		for (const key of kept.optOuts) state.optOuts.add(key);
		state.contacts.push(...kept.contacts);
		state.messages.push(...kept.messages);
		state.deliveries.push(...kept.deliveries);
		state.liveCalls.push(...kept.calls.map((call) => LiveCall.over(call)));
		// Nobody is on the line any more.
		for (const { leg } of kept.callLog) {
			endLeg(leg, leg.status === 'ringing' ? 'canceled' : 'completed');
		}
		state.callLog.push(...kept.callLog);
	}
}

function reasonOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
