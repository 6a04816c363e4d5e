import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import twilioSdk from 'twilio';
import { startWebhookApp, type ReceivedWebhook, type WebhookApp } from './support/webhook-app';
import { startTwilioEmulator, type TwilioEmulator } from '../../emulator/twilio-emulator';
import type { AccountRecord, NumberRecord } from '../../emulator/twilio/records';

const CALLER = '+12065550142';
const OURS = '+14155550100';
const PHONE = '+14155550777';
const PUBLIC = 'https://calls.example.com';
const { VoiceResponse } = twilioSdk.twiml;

let app: WebhookApp;
let twilio: TwilioEmulator;
let account: AccountRecord;
let number: NumberRecord;
/** What the application answers, by path. */
let answers: Record<string, (response: InstanceType<typeof VoiceResponse>) => void>;

beforeEach(async () => {
	app = await startWebhookApp();
	twilio = await startTwilioEmulator({ hosts: { [PUBLIC]: app.baseUrl } });
	account = twilio.addAccount();
	number = twilio.addNumber(account.accountSid, {
		phoneNumber: OURS,
		voiceUrl: `${PUBLIC}/call?a=1`,
		statusCallback: `${PUBLIC}/ended`,
	});
	answers = {};
	app.answer = ({ path }) => {
		const response = new VoiceResponse();
		answers[path.split('?')[0] ?? '']?.(response);
		return { body: response.toString() };
	};
});
afterEach(async () => {
	await twilio.close();
	await app.close();
});

const call = (more: Partial<Parameters<TwilioEmulator['callFromContact']>[0]> = {}) =>
	twilio.callFromContact({ from: CALLER, to: OURS, ...more });
const paths = () => app.received.map(({ path }) => path);
const formOf = (path: string) =>
	Object.fromEntries(app.received.find((one) => one.path.startsWith(path))?.form ?? []);
const isSigned = ({ path, headers, form }: ReceivedWebhook) =>
	twilioSdk.validateRequest(
		account.authToken,
		String(headers['x-twilio-signature']),
		PUBLIC + path,
		Object.fromEntries(form),
	);
const rings = (dial: Record<string, unknown> = {}, phone: Record<string, unknown> = {}) => {
	answers['/call'] = (response) => {
		const attributes = { action: `${PUBLIC}/dialed`, answerOnBridge: true, ...dial };
		response.dial(attributes).number(phone, PHONE);
	};
};

describe('a call', () => {
	it('asks the number, tells of its end, and signs both as the SDK checks it', async () => {
		answers['/call'] = (response) => {
			response.say('Hello & goodbye');
			response.hangup();
		};
		const { callSid, heard, status } = await call();
		expect({ heard, status }).toEqual({ heard: ['Hello & goodbye'], status: 'completed' });
		expect(paths()).toEqual(['/call?a=1', '/ended']);
		expect(app.received.map(isSigned)).toEqual([true, true]);
		expect(formOf('/call')).toMatchObject({
			CallSid: callSid,
			AccountSid: account.accountSid,
			From: CALLER,
			To: OURS,
			CallStatus: 'ringing',
			Direction: 'inbound',
		});
		expect(formOf('/ended')).toMatchObject({ CallSid: callSid, CallStatus: 'completed' });
	});

	it.each([
		['rings out', 'no-answer'],
		['rejects', 'busy'],
		['unreachable', 'failed'],
	] as const)(
		'whose phone %s asks the action with %s, and is completed',
		async (owner, dialed) => {
			rings();
			const { status, connectedTo } = await call({ owner });
			expect({ status, connectedTo }).toEqual({ status: 'completed', connectedTo: null });
			expect(formOf('/dialed')).toMatchObject({
				DialCallStatus: dialed,
				DialBridged: 'false',
				CallStatus: 'ringing',
			});
		},
	);

	it('that is answered is connected, and told of', async () => {
		rings({}, { statusCallback: `${PUBLIC}/up`, statusCallbackEvent: ['answered'] });
		const { connectedTo, callSid } = await call({ owner: 'answers' });
		expect(connectedTo).toBe(PHONE);
		expect(formOf('/up')).toMatchObject({
			ParentCallSid: callSid,
			CallStatus: 'in-progress',
			To: PHONE,
		});
		expect(formOf('/dialed')).toMatchObject({
			DialCallStatus: 'completed',
			DialBridged: 'true',
		});
	});

	it('lets the phone be asked for a key: only a person presses one', async () => {
		rings({}, { url: `${PUBLIC}/whisper` });
		answers['/whisper'] = (response) => {
			response.gather({ numDigits: 1, action: `${PUBLIC}/key` }).say('Press a key');
			response.hangup();
		};
		const taken = await call({ owner: 'answers', pressesKey: '5' });
		expect(taken).toMatchObject({ connectedTo: PHONE, heardByPhones: ['Press a key'] });
		expect(formOf('/key')).toMatchObject({ Digits: '5', ParentCallSid: taken.callSid });
		expect((await call({ owner: 'answers', pressesKey: null })).connectedTo).toBeNull();
		expect((await call({ owner: 'voicemail' })).connectedTo).toBeNull();
	});

	it('whose caller hangs up while it rings may or may not ask the action', async () => {
		rings();
		const { status } = await call({ hangsUp: 'while it rings' });
		expect(status).toBe('no-answer');
		expect(paths().sort()).toEqual(['/call?a=1', '/dialed', '/ended']);
		expect(formOf('/dialed')).toMatchObject({ DialCallStatus: 'canceled' });
		app.received.length = 0;
		await call({ hangsUp: 'while it rings', asksActionAfterHangUp: false });
		expect(paths()).toEqual(['/call?a=1', '/ended']);
	});

	it('is recorded, or goes on where nothing was said', async () => {
		answers['/call'] = (response) => {
			response.record({
				action: `${PUBLIC}/spoken`,
				recordingStatusCallback: `${PUBLIC}/stored`,
			});
			response.redirect(`${PUBLIC}/silent`);
		};
		const { recordingUrl } = await call({ speaks: 9 });
		expect(formOf('/spoken')).toMatchObject({
			RecordingUrl: recordingUrl,
			RecordingDuration: '9',
			Digits: 'hangup',
			CallStatus: 'completed',
		});
		expect(formOf('/stored')).toMatchObject({ RecordingStatus: 'completed' });
		expect(formOf('/stored')).not.toHaveProperty('From');
		app.received.length = 0;
		expect((await call()).recordingUrl).toBeNull();
		expect(paths()).toEqual(['/call?a=1', '/silent', '/ended']);
	});
});

describe('an answer that Twilio could not use', () => {
	it('rings the phone of a TwiML Bin, which is told why it is asked', async () => {
		number.voiceFallbackUrl = `${PUBLIC}/bin`;
		number.voiceUrl = `${PUBLIC}/call#rc=2&rp=all`;
		app.answer = ({ path }) =>
			path === '/bin'
				? {
						body: `<Response><Dial timeout="18" answerOnBridge="true">${PHONE}</Dial></Response>`,
					}
				: { status: 502 };
		const { connectedTo, heard } = await call({ owner: 'answers' });
		expect({ connectedTo, heard }).toEqual({ connectedTo: PHONE, heard: [] });
		expect(paths()).toEqual(['/call', '/call', '/call', '/bin', '/ended']);
		expect(formOf('/bin')).toMatchObject({
			ErrorCode: '11200',
			ErrorUrl: `${PUBLIC}/call#rc=2&rp=all`,
		});
	});

	it('ends the call, after the fallback was asked', async () => {
		app.answer = () => ({ status: 500 });
		number.voiceFallbackUrl = `${PUBLIC}/fallback`;
		expect(await call()).toMatchObject({ errorCode: 11200, status: 'completed' });
		expect(paths()).toEqual(['/call?a=1', '/fallback', '/ended']);
		expect(formOf('/fallback')).toMatchObject({ ErrorCode: '11200' });
	});

	it('shows no caller that is neither the caller nor ours', async () => {
		rings({ callerId: '+14155559999' });
		expect((await call()).errorCode).toBe(13214);
		rings({ callerId: OURS });
		expect(await call()).toMatchObject({ errorCode: null, shownAs: OURS });
	});

	it.each([
		['verb', '<Response><Play>https://a.example/1.mp3</Play></Response>', '<Play>'],
		['attribute', '<Response><Say volume="9">Hi</Say></Response>', '<Say volume>'],
		['noun', '<Response><Dial><Client>ava</Client></Dial></Response>', '<Client>'],
	])('and that holds an unknown %s is an error of the test', async (_what, body, named) => {
		app.answer = () => ({ body });
		await expect(call()).rejects.toThrow(`${named} is not understood here`);
	});
});

describe('a number', () => {
	it.each([
		[{ voiceUrl: '' }, 'no webhook for calls is set'],
		[{ voiceUrl: 'https://demo.twilio.com/welcome/voice/' }, "Twilio's demo"],
		[{ voiceApplicationSid: `AP${'1'.repeat(32)}` }, 'TwiML App'],
		[{ trunkSid: `TK${'1'.repeat(32)}` }, 'trunk'],
	])('with %j asks nobody', async (settings, reason) => {
		Object.assign(number, settings);
		const { undeliverable, deliveries } = await call();
		expect(undeliverable).toContain(reason);
		expect(deliveries).toEqual([]);
	});
});

it('another process places a call over the control API', async () => {
	rings();
	const place = async (body: object) =>
		await fetch(`${twilio.baseUrl}/_emulator/calls`, {
			method: 'POST',
			headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify(body),
		});
	const answer = await place({ from: CALLER, to: OURS, owner: 'rejects' });
	expect(answer.status).toBe(201);
	expect(await answer.json()).toMatchObject({ rang: [PHONE], connectedTo: null });
	expect((await place({ from: CALLER, to: OURS, owner: 'sings' })).status).toBe(400);
});

describe('a call whose people decide while it goes on', () => {
	const request = async (path: string, body?: object) => {
		const answer = await fetch(`${twilio.baseUrl}/_emulator/live-calls${path}`, {
			...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
			headers: { 'Content-Type': 'application/json' },
		});
		return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
	};
	const start = async () => String((await request('', { from: CALLER, to: OURS })).body['sid']);
	const asked = async (path: string) => {
		while (!paths().includes(path)) await new Promise((resolve) => setTimeout(resolve, 10));
	};

	const isOffered = async (sid: string) => {
		for (;;) {
			const calls = (await request('')).body as unknown as Array<Record<string, unknown>>;
			const { offers } = calls.find((each) => each['sid'] === sid) ?? {};
			if (Array.isArray(offers) && offers.length > 0) return;
		}
	};

	it('rings as long as the Dial says when nobody decides', async () => {
		rings({ timeout: 1 });
		const sid = await start();
		await asked('/ended');
		expect(formOf('/dialed')).toMatchObject({ DialCallStatus: 'no-answer', CallSid: sid });
	});

	it('rings phones that are dialled one after the other, each in its turn', async () => {
		const second = '+14155550778';
		rings({ timeout: 600 });
		answers['/dialed'] = (response) => {
			response.dial({ action: `${PUBLIC}/end`, timeout: 600 }).number(second);
		};
		const sid = await start();
		for (const by of [PHONE, second]) {
			await isOffered(sid);
			const { status } = await request(`/${sid}/deeds`, { by, does: 'rejects' });
			expect(status).toBe(200);
		}
		await asked('/ended');
		expect((await request('')).body).toMatchObject([
			{ phones: [{ state: 'rejected' }, { state: 'rejected' }] },
		]);
	});

	it('takes a deed once, and none that nobody waits for', async () => {
		rings({ timeout: 600 });
		const sid = await start();
		await isOffered(sid);
		const act = async (does: string) =>
			(await request(`/${sid}/deeds`, { by: PHONE, does })).status;
		expect(await act('hangs up')).toBe(400);
		expect(await act('sings')).toBe(400);
		expect(await act('rejects')).toBe(200);
		expect(await act('rejects')).toBe(400);
		await asked('/ended');
		expect(formOf('/dialed')).toMatchObject({ DialCallStatus: 'busy' });
		expect((await request('')).body).toMatchObject([{ sid, ended: true, offers: [] }]);
	});

	it('rings all phones at once, and the first to answer has it', async () => {
		const second = '+14155550778';
		answers['/call'] = (response) => {
			const dial = response.dial({ action: `${PUBLIC}/dialed`, timeout: 600 });
			dial.number(PHONE);
			dial.number(second);
		};
		const sid = await start();
		await isOffered(sid);
		const act = async (by: string, does: string) =>
			(await request(`/${sid}/deeds`, { by, does })).status;
		expect(await act(second, 'answers')).toBe(200);
		expect(await act(PHONE, 'answers')).toBe(400);
		expect((await request('')).body).toMatchObject([
			{ phones: [{ state: 'missed' }, { state: 'talking' }] },
		]);
		expect(await act(second, 'hangs up')).toBe(200);
		await asked('/ended');
		expect(formOf('/dialed')).toMatchObject({ DialBridged: 'true' });
	});
});
