import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import twilioSdk from 'twilio';
import { launchBrowser } from '../../harness/launch-browser';
import type { DemoEmulators } from '../../emulator/demo-emulators';
import { ApiClient } from './support/api-client';
import { openPhoneFixture, type PhoneFixture } from './support/phone-fixture';
import type { WebhookApp } from './support/webhook-app';

const OURS = '+14155550100';
const SAM = '+12065550142';
const PHONE = '+14155550777';
const { VoiceResponse } = twilioSdk.twiml;
type Answer = (response: InstanceType<typeof VoiceResponse>) => void;

let browser: Browser;
let fixture: PhoneFixture;
let app: WebhookApp;
let demo: DemoEmulators;
let page: Page;
/** What the application answers, by path. */
let answers: Record<string, Answer>;

beforeAll(async () => {
	browser = await launchBrowser();
});
afterAll(() => browser.close());

beforeEach(async () => {
	fixture = await openPhoneFixture(browser, [OURS]);
	({ app, demo, page } = fixture);
	const url = (path: string): string => app.baseUrl + path;
	Object.assign(demo.numbers[0] ?? {}, { voiceUrl: url('/call'), statusCallback: url('/ended') });
	answers = {
		'/call': (response) => {
			const dial = { action: url('/dialed'), answerOnBridge: true, timeout: 600 };
			response.dial(dial).number({ url: url('/whisper') }, PHONE);
		},
		'/whisper': (response) => {
			const gather = { numDigits: 1, timeout: 600, action: url('/key') };
			response.gather(gather).say('You have a call. Press any key.');
			response.hangup();
		},
		'/dialed': (response) => {
			response.say('We text you right away.');
			response.hangup();
		},
	};
	app.answer = ({ path }) => {
		const response = new VoiceResponse();
		answers[path]?.(response);
		return { body: response.toString() };
	};
	await fixture.show(SAM, OURS);
});
afterEach(() => fixture.close());

const owner = () => page.getByRole('complementary', { name: 'Owner’s phone' });
const press = async (name: string) => await page.getByRole('button', { name, exact: true }).click();
const ownerSees = async (words: string) => await owner().getByText(words).first().waitFor();
const callerSees = async (words: string) =>
	await page.getByRole('log').getByText(words).last().waitFor();
const dialed = () => app.received.filter(({ path }) => path === '/dialed').map(({ form }) => form);
const startCall = async () => {
	await press('Call');
	await ownerSees('Incoming call');
};

describe('a call from the phone page', () => {
	it('rings the owner’s phone, which shows the caller, and waits for the owner', async () => {
		expect(await owner().isVisible()).toBe(false);
		await startCall();
		await ownerSees('Sam Carter');
		await ownerSees('(206) 555-0142');
		await callerSees('Calling (415) 555-0100');
		expect(await page.getByRole('button', { name: 'Call', exact: true }).isDisabled()).toBe(
			true,
		);
		expect(dialed()).toEqual([]);
	});

	it.each([
		['Reject', 'Rejected', 'busy'],
		['Let it ring out', 'Missed call', 'no-answer'],
	])('after %s speaks to the caller, and the text arrives', async (button, shown, status) => {
		await startCall();
		await press(button);
		await ownerSees(shown);
		await callerSees('We text you right away.');
		await callerSees('Call ended, nobody took it');
		expect(dialed().map((form) => form.get('DialCallStatus'))).toEqual([status]);
		const api = new ApiClient(demo.twilio.baseUrl, demo.account);
		await api.send({ To: SAM, From: OURS, Body: 'Sorry we missed you!' });
		const entries = page.getByRole('log').getByRole('listitem');
		await entries.filter({ hasText: 'Sorry we missed you!' }).waitFor();
		expect(await entries.last().innerText()).toContain('Sorry we missed you!');
	});

	it('connects the owner who answers and presses 1, until one hangs up', async () => {
		await startCall();
		await press('Answer');
		await ownerSees('You have a call. Press any key.');
		expect(dialed()).toEqual([]);
		await press('Press 1');
		await ownerSees('In the call');
		await callerSees('Talking to (415) 555-0100');
		answers['/dialed'] = () => {};
		await owner().getByRole('button', { name: 'Hang up' }).click();
		await callerSees('Call ended');
		expect(dialed().map((form) => form.get('DialBridged'))).toEqual(['true']);
		expect(app.received.find(({ path }) => path === '/key')?.form.get('Digits')).toBe('1');
	});

	it('is missed when the owner hangs up instead of pressing a key', async () => {
		await startCall();
		await press('Answer');
		await ownerSees('You have a call. Press any key.');
		await owner().getByRole('button', { name: 'Hang up' }).click();
		await callerSees('Call ended, nobody took it');
		expect(dialed().map((form) => form.get('DialBridged'))).toEqual(['false']);
	});

	it('ends when the caller hangs up, while it rings or while the owner is asked', async () => {
		for (const answered of [false, true]) {
			app.received.length = 0;
			await startCall();
			if (answered) {
				await press('Answer');
				await ownerSees('Press any key.');
			}
			await page.getByRole('log').getByRole('button', { name: 'Hang up' }).click();
			await callerSees('Call ended, nobody took it');
			const ends = app.received.filter(({ path }) => path === '/ended');
			expect(ends.map(({ form }) => form.get('CallStatus'))).toEqual(['no-answer']);
			await page.locator('#call:enabled').waitFor();
		}
	});

	it('lets the caller leave a message after the tone', async () => {
		answers['/dialed'] = (response) => {
			response.say('Leave a message.');
			response.record({ action: `${app.baseUrl}/recorded` });
		};
		await startCall();
		await press('Reject');
		await callerSees('Leave a message.');
		await press('Leave a message');
		await callerSees('Call ended, with a message left');
		const recorded = app.received.find(({ path }) => path === '/recorded');
		expect(recorded?.form.get('RecordingDuration')).toBe('8');
	});

	it('says why nothing answers', async () => {
		Object.assign(demo.numbers[0] ?? {}, { voiceUrl: '' });
		await press('Call');
		await callerSees('no webhook for calls is set on this number');
		expect(await owner().isVisible()).toBe(false);
	});

	it('survives a reload, and fits a phone', async () => {
		await page.setViewportSize({ width: 390, height: 780 });
		await startCall();
		await page.reload();
		await ownerSees('Incoming call');
		expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
		await press('Reject');
		await page.getByRole('button', { name: 'Close the owner’s phone' }).click();
		await callerSees('Call ended, nobody took it');
		expect(await owner().isVisible()).toBe(false);
	});
});
