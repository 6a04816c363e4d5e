import { setTimeout as pause } from 'node:timers/promises';
import type { E2eFixture } from '../../e2e/support/e2e-fixture';
import type { Delivery } from '../../../emulator/twilio/delivery';
import type { SentText } from './judge-thread';

export interface TextOptions {
	/** How often Twilio delivers it, at once. Default 1. */
	deliveries?: number;
	/** How often a delivery that was not acknowledged is repeated, half a second apart. Default 0. */
	redeliveries?: number;
	/** Default: words that no other text has. */
	body?: string;
	/** Whether a picture comes with it. Default false. */
	picture?: boolean;
}

/** The smallest there is. */
const PICTURE = {
	contentType: 'image/gif',
	data: Buffer.from('R0lGODlhAQABAAAAACwAAAAAAQABAAA=', 'base64'),
};

/** Contacts that text, and what became of each text as far as Twilio can tell. */
export class Texting {
	readonly sent: SentText[] = [];
	private contacts = 0;

	constructor(private readonly e2e: E2eFixture) {}

	/** Numbers that nobody has texted from yet. */
	newContacts(count: number): string[] {
		return Array.from(
			{ length: count },
			() => `+1415556${String(++this.contacts).padStart(4, '0')}`,
		);
	}

	/** Resolves when n8n has answered, or will not. */
	async text(contact: string, options: TextOptions = {}): Promise<SentText> {
		const { deliveries = 1, redeliveries = 0, picture = false } = options;
		const { twilio, number } = this.e2e;
		const sentAt = Date.now();
		const body = options.body ?? `Text ${this.sent.length + 1} of ${contact}`;
		const sending = twilio.textFromContact({
			from: contact,
			to: number.phoneNumber,
			body,
			...(picture && { media: [PICTURE] }),
		});
		const record = twilio.messages({ from: contact }).at(-1);
		if (!record) throw new Error('Twilio did not take the text');
		const text: SentText = { contact, messageSid: record.sid, sentAt, ackedAt: undefined };
		this.sent.push(text);

		const first = [sending.then((result) => [...result.deliveries])];
		if (deliveries > 1) {
			first.push(twilio.redeliver(record.sid, deliveries - 1, { parallel: true }));
		}
		let answers = (await Promise.all(first)).flat();
		for (let left = redeliveries; left > 0 && !answers.some(isAcknowledged); left--) {
			await pause(REDELIVER_MS);
			answers = await twilio.redeliver(record.sid);
		}
		if (answers.some(isAcknowledged)) text.ackedAt = Date.now();
		return text;
	}
}

const REDELIVER_MS = 500;

/** As Twilio sees it: n8n answers 200 while it starts, with a page that Twilio cannot read. */
function isAcknowledged({ status, errorCode }: Delivery): boolean {
	return status !== null && status >= 200 && status < 300 && errorCode === null;
}
