import type { MessageRecord } from '../../../emulator/twilio/records';
import type { E2eFixture } from './e2e-fixture';

const WAIT_MS = 90_000;

/** The phone of one contact: what they text us, and what arrives there. */
export interface ContactFixture {
	readonly number: string;
	/** Oldest first. */
	received(): MessageRecord[];
	/** Resolves when the text has been taken. */
	text(body: string, to?: string): Promise<void>;
	/** Texts, and resolves with the words that come back. */
	ask(body: string, to?: string): Promise<string>;
	/** The nth text to this phone, the first being 1, now or later. */
	waitForText(nth: number): Promise<MessageRecord>;
}

export function contactFixture(fixture: E2eFixture, number: string): ContactFixture {
	const { twilio } = fixture;
	const received = () =>
		twilio
			.messages({ direction: 'outbound' })
			.filter(({ to, status }) => to === number && status !== 'scheduled');
	const waitForText = async (nth: number) =>
		await twilio.waitForMessage((message) => received()[nth - 1] === message, WAIT_MS);
	const text = async (body: string, to = fixture.number.phoneNumber) => {
		await twilio.textFromContact({ from: number, to, body });
	};
	return {
		number,
		received,
		text,
		waitForText,
		async ask(body, to) {
			const before = received().length;
			await text(body, to);
			return (await waitForText(before + 1)).body;
		},
	};
}
