import type { Agent } from '../../../../nodes/shared/messaging/agent';
import { catchUp } from '../../../../nodes/shared/receiving/catch-up';
import type {
	LateText,
	ListedText,
	SentText,
	TwilioLists,
} from '../../../../nodes/shared/receiving/catch-up-ports';
import type {
	CatchUpResult,
	CatchUpSettings,
} from '../../../../nodes/shared/receiving/catch-up-look';
import type { RecordedText } from '../../../../nodes/shared/receiving/record-inbound';
import type { OpenThreadStore } from '../../../../nodes/shared/threads/thread-store';
import type { Turn } from '../../../../nodes/shared/threads/turns/gather-turn';
import { USUAL_RULES } from '../../../support/contact-state';
import { FakeClock } from '../../../support/fake-clock';
import { memoryThreadStore } from '../../../support/memory-thread-store';

export const ACCOUNT = `AC${'0'.repeat(32)}`;
export const OURS = '+14155550100';
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

export const threadOf = (contact: string, agentId = 'front-desk') =>
	`${ACCOUNT}:${agentId}:${contact}`;

const AGENT: Agent = {
	id: 'front-desk',
	name: 'Front Desk',
	smsPrompt: '',
	senders: [],
	onText: 'reply',
	webhookUrl: '',
	brand: '',
	ownersPhones: [],
};

/** Catch-up with a Twilio whose list is what the test says, and a clock in its hands. */
export class CatchUpFixture {
	readonly clock = new FakeClock();
	readonly store: OpenThreadStore = memoryThreadStore(this.clock);
	readonly services = { store: this.store, clock: this.clock };
	texts: ListedText[] = [];
	sent: Record<string, SentText[]> = {};
	/** Numbers that another app has by now. */
	readonly takenOver: string[] = [];
	/** What was asked for, in order. */
	readonly asked: string[] = [];
	/** Bodies of the turns that began, with their lateness. */
	readonly begun: Array<{ text: LateText; turn: Turn }> = [];
	readonly told: Array<{ text: LateText; recorded: RecordedText }> = [];
	readonly failures: unknown[] = [];
	private serial = 0;

	readonly twilio: TwilioLists = {
		textsSince: async (since) => {
			this.asked.push('list');
			const newest = Math.max(0, ...this.texts.map(({ at }) => at));
			return {
				texts: this.texts.filter(({ at }) => at >= since).sort((a, b) => a.at - b.at),
				newest: newest === 0 ? undefined : newest,
			};
		},
		stillOurs: async () => {
			this.asked.push('senders');
			return ({ to }) => !this.takenOver.includes(to);
		},
		mediaOf: async (messageSid) => {
			this.asked.push(`media ${messageSid}`);
			return [{ url: `https://api.twilio.com/${messageSid}`, contentType: 'image/png' }];
		},
		sentTo: async (contact) => {
			this.asked.push(`sent to ${contact}`);
			return this.sent[contact] ?? [];
		},
	};

	/** A text that came to Twilio `minutes` ago. */
	missed(contact: string, body: string, minutes: number, more: Partial<ListedText> = {}) {
		const messageSid = `SM${String(++this.serial).padStart(32, '0')}`;
		const text: ListedText = {
			message: {
				messageSid,
				accountSid: ACCOUNT,
				from: contact,
				to: OURS,
				body,
				media: [],
				numSegments: 1,
			},
			numMedia: 0,
			at: this.clock.now() - minutes * MINUTE,
			...more,
		};
		this.texts.push(text);
		return text;
	}

	/** A text that somebody sent to the contact `minutes` ago. */
	answered(contact: string, minutes: number, isAnswer = false, messageSid = 'SMofAnother') {
		const at = this.clock.now() - minutes * MINUTE;
		this.sent[contact] = [{ messageSid, at, isAnswer }, ...(this.sent[contact] ?? [])];
	}

	async look(settings: Partial<CatchUpSettings> = {}): Promise<CatchUpResult> {
		return await catchUp(
			this.services,
			this.twilio,
			{
				obey: async () => true,
				tell: (text, recorded) => void this.told.push({ text, recorded }),
				begin: async (text, turn) => void this.begun.push({ text, turn }),
				failed: (reason) => void this.failures.push(reason),
			},
			{
				accountSid: ACCOUNT,
				triggerKey: 'trigger',
				agents: [AGENT],
				upToMs: 12 * HOUR,
				perMinute: 30,
				consentRules: USUAL_RULES,
				beginsAt: undefined,
				...settings,
			},
		);
	}

	/** What the runs began with: the words of each turn, one text a line. */
	get turns(): string[] {
		return this.begun.map(({ turn }) => turn.texts.map(({ body }) => body).join('\n'));
	}

	agent(change: Partial<Agent>): [Agent] {
		return [{ ...AGENT, ...change }];
	}

	async thread(contact: string) {
		return await this.store.threads.read(threadOf(contact), 50);
	}
}
