import { ApiError } from './api-error';
import { errorEntry } from './error-catalogue';
import { OUTCOME_KINDS, type TwilioFaults } from './faults';
import type { MessageRecord, MessageStatus } from './records';
import { chooseSender } from './sender-pool';
import type { TwilioState } from './state';

export interface OutboundOptions {
	readonly state: TwilioState;
	readonly faults: TwilioFaults;
	/** Between two statuses. */
	readonly stepMs: number;
	/** Told of every status but the initial one. */
	readonly onStatus: (message: MessageRecord) => void;
}

/** Takes messages from their initial status to a final one. */
export class OutboundQueue {
	private readonly timers = new Set<NodeJS.Timeout>();

	constructor(private readonly options: OutboundOptions) {}

	/** Starts now, or at the scheduled time if that is within this process's reach. */
	start(message: MessageRecord): void {
		if (message.status !== 'scheduled' || !message.sendAt) return this.step(message);
		const wait = message.sendAt.getTime() - Date.now();
		if (wait < 2 ** 31) this.after(wait, () => this.release(message));
	}

	/** Sends a scheduled message at once. */
	release(message: MessageRecord): void {
		if (message.status !== 'scheduled') return;
		this.move(message, 'accepted');
		this.step(message);
	}

	close(): void {
		for (const timer of this.timers) clearTimeout(timer);
		this.timers.clear();
	}

	private step(message: MessageRecord): void {
		this.after(this.options.stepMs, () => {
			if (!this.options.state.messages.includes(message)) return;
			const next = this.nextStatus(message);
			if (next === null) return;
			this.move(message, next);
			this.step(message);
		});
	}

	private nextStatus(message: MessageRecord): MessageStatus | null {
		switch (message.status) {
			case 'accepted':
				return this.assignSender(message) ? 'queued' : 'failed';
			case 'queued':
				return this.outcome(message, ['failed']) ?? 'sending';
			case 'sending':
				return 'sent';
			case 'sent':
				return this.outcome(message, ['undelivered']) ?? 'delivered';
			default:
				return null;
		}
	}

	private assignSender(message: MessageRecord): boolean {
		const service = this.options.state.services.get(message.messagingServiceSid ?? '');
		if (message.from !== null) return true;
		try {
			if (!service) throw new ApiError(21701);
			message.from = chooseSender(
				this.options.state,
				service,
				message.to,
				message.media.length > 0,
			).phoneNumber;
			return true;
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			this.explain(message, error.code);
			return false;
		}
	}

	private outcome(message: MessageRecord, kinds: readonly MessageStatus[]): MessageStatus | null {
		const wanted = OUTCOME_KINDS.filter((kind) => kinds.includes(kind));
		const fault = this.options.faults.take(wanted, { path: message.to });
		if (!fault) return null;
		this.explain(message, fault.code ?? 30008);
		return fault.kind === 'failed' ? 'failed' : 'undelivered';
	}

	private explain(message: MessageRecord, code: number): void {
		message.errorCode = code;
		message.errorMessage = errorEntry(code).message;
	}

	private move(message: MessageRecord, status: MessageStatus): void {
		message.status = status;
		if (status === 'sent') message.sentAt = new Date();
		this.options.state.changed(message);
		this.options.onStatus(message);
	}

	private after(ms: number, action: () => void): void {
		const timer = setTimeout(() => {
			this.timers.delete(timer);
			action();
		}, ms);
		timer.unref();
		this.timers.add(timer);
	}
}
