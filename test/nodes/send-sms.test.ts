import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { IDataObject } from 'n8n-workflow';
import numbers from '../fixtures/words/numbers.json';
import type { RunNodeOptions } from './support/run-node';
import { CONTACT, openSendSmsBench, OURS, type SendSmsBench } from './support/send-sms-bench';

let bench: SendSmsBench;
beforeAll(async () => {
	bench = await openSendSmsBench();
});
beforeEach(() => bench.reset());
afterAll(() => bench.close());

type Run = Awaited<ReturnType<SendSmsBench['run']>>;
const jsonOf = ({ outputs, error }: Run): IDataObject => {
	if (error) throw error;
	return outputs[0]?.[0]?.json ?? {};
};
const refusal = ({ error }: Run) => {
	const { message, description } = error as Error & { description?: string };
	return `${message} | ${description}`;
};
const opener = { to: CONTACT, from: OURS, body: 'Hi, this is Ann of Bright Dental.' };
const noText: IDataObject[] = [{}];

describe('Send SMS after an incoming text', () => {
	it('answers the contact from the number that was texted, without a single field filled in', async () => {
		const item = { ...bench.incoming(), text: 'Friday at 9?' };
		expect(jsonOf(await bench.run([item]))).toMatchObject({
			event: 'sent',
			status: 'queued',
			to: CONTACT,
			from: OURS,
			body: 'Friday at 9?',
			numSegments: 1,
			encoding: 'GSM-7',
			warnings: [],
			threadId: `${bench.accountSid}:front-desk:${CONTACT}`,
			agent: { id: 'front-desk', name: 'Front Desk' },
			contact: CONTACT,
			sender: OURS,
			repeated: false,
		});
		expect(bench.texts()).toEqual(['Friday at 9?']);
	});

	it('sends the output of an AI Agent', async () => {
		await bench.run([{ ...bench.incoming(), output: 'Of course!' }]);
		expect(bench.texts()).toEqual(['Of course!']);
	});

	it('pins the number and names the Messaging Service that was texted', async () => {
		const item = bench.incoming({ messagingServiceSid: bench.serviceSid });
		const json = jsonOf(await bench.run([item], { body: 'Hi' }));
		expect(json).toMatchObject({ from: OURS, messagingServiceSid: bench.serviceSid });
	});

	it('has no top-level error on success, and pairs every item with its own', async () => {
		const items = ['one', 'two', 'three'].map((text) => ({ ...bench.incoming(), text }));
		const { outputs } = await bench.run(items);
		expect(outputs[0]?.map(({ pairedItem }) => pairedItem)).toEqual([
			{ item: 0 },
			{ item: 1 },
			{ item: 2 },
		]);
		expect(outputs[0]?.some(({ json }) => 'error' in json)).toBe(false);
		expect(bench.texts()).toEqual(['one', 'two', 'three']);
	});

	it('refuses a credential of another account', async () => {
		const threadId = `AC${'9'.repeat(32)}:front-desk:${CONTACT}`;
		const run = await bench.run([bench.incoming({ threadId, sessionId: threadId })], {
			body: 'Hi',
		});
		expect(refusal(run)).toMatch(/another Twilio account/);
		expect(bench.texts()).toEqual([]);
	});

	it('says where the words could come from when there are none', async () => {
		expect(refusal(await bench.run([bench.incoming()]))).toMatch(
			/Message: it is empty.*Agent Reply or an AI Agent/,
		);
	});

	it('goes on with the conversation of a text sent before', async () => {
		const first = jsonOf(await bench.run(noText, { ...opener, agentId: 'Front Desk' }));
		const second = jsonOf(await bench.run([first], { body: 'And one more thing.' }));
		expect(second).toMatchObject({ to: CONTACT, from: OURS, threadId: first['threadId'] });
	});
});

describe('Send SMS and senders that nobody can text', () => {
	const senders = numbers
		.filter(({ field }) => field === 'From of an inbound text')
		.map(({ in: from }) => from);
	const ai = { mode: 'ai', model: { __rl: true, mode: 'id', value: 'emulated-small' } };

	it.each(senders)('refuses to text %s, in fixed words or by a model', async (contact) => {
		const asked = bench.model.requests.length;
		for (const parameters of [{ body: 'Thanks' }, ai]) {
			const run = await bench.run([bench.incoming({ contact })], parameters);
			expect(refusal(run)).toMatch(`"${contact}" is a name or a short code`);
		}
		expect(bench.model.requests).toHaveLength(asked);
		expect(bench.texts()).toEqual([]);
	});

	it.each(senders)('leaves a follow-up to %s out', async (contact) => {
		const options = { onlyUnanswered: true };
		const run = await bench.run([bench.incoming({ contact })], { body: 'Hi', options });
		expect(jsonOf(run)).toMatchObject({ event: 'skipped', reasonCode: 'cannotText' });
		expect(bench.texts()).toEqual([]);
	});
});

describe('Send SMS writing first', () => {
	it('starts the thread of the agent that the trigger has by default', async () => {
		const json = jsonOf(await bench.run(noText, opener));
		expect(json).toMatchObject({
			threadId: `${bench.accountSid}:assistant:${CONTACT}`,
			agent: { id: 'assistant', name: 'Assistant' },
			sender: OURS,
		});
	});

	it('takes the name of an agent for its ID', async () => {
		const json = jsonOf(await bench.run(noText, { ...opener, agentId: 'Front Desk' }));
		expect(json['threadId']).toBe(`${bench.accountSid}:front-desk:${CONTACT}`);
	});

	it('sends through the Messaging Service of the credential when no number is given', async () => {
		const { twilioMessagingApi } = bench.credentials;
		const credentials = {
			twilioMessagingApi: { ...twilioMessagingApi, messagingServiceSid: bench.serviceSid },
		};
		const json = jsonOf(await bench.run(noText, { ...opener, from: '' }, { credentials }));
		expect(json).toMatchObject({ messagingServiceSid: bench.serviceSid, from: null });
	});

	it.each([
		['(415) 555-0123', { defaultCountry: 'us' }, CONTACT],
		['+1 415 555 0123', {}, CONTACT],
		['020 7946 0123', { defaultCountry: 'GB' }, '+442079460123'],
	])('reads %s', async (to, options, expected) => {
		const json = jsonOf(await bench.run(noText, { ...opener, to, options }));
		expect(json['to']).toBe(expected);
	});

	it.each(numbers.filter(({ field }) => field === 'To'))(
		'reads $in as people paste it',
		async ({ in: to, right }) => {
			expect(jsonOf(await bench.run(noText, { ...opener, to }))['to']).toBe(right);
		},
	);

	it('reads From as people paste it', async () => {
		const pasted = { from: '\u202A+1\u2011555\u202F000 1000\u202C' };
		expect(jsonOf(await bench.run(noText, { ...opener, ...pasted }))['from']).toBe(OURS);
		const service = { from: `\u200B${bench.serviceSid}\u00A0` };
		expect(jsonOf(await bench.run(noText, { ...opener, ...service }))).toMatchObject({
			messagingServiceSid: bench.serviceSid,
			from: null,
		});
	});

	it.each(numbers.filter(({ field }) => field === 'From'))(
		'takes $in for a number of $country, not for a short code',
		async ({ in: from, right, country = '' }) => {
			const options = { defaultCountry: country };
			const run = await bench.run(noText, { ...opener, from, options });
			expect(run.error).toBeDefined();
			const asked = bench.twilio.requests.map((request) => JSON.stringify(request)).join();
			expect(decodeURIComponent(asked)).toContain(right);
		},
	);

	it('asks for the country where a number lacks it, and takes it for no short code', async () => {
		const run = await bench.run(noText, { ...opener, from: '91230001' });
		expect(refusal(run)).toMatch(/From: "91230001" is not a phone number.*Default Country/);
		expect(bench.twilio.requests).toHaveLength(0);
	});

	it.each([
		['To', { ...opener, to: '' }, /To: it is empty.*Incoming SMS Trigger/],
		[
			'To',
			{ ...opener, to: '555-0123' },
			/To: "555-0123" is not a phone number.*Default Country/,
		],
		['To', { ...opener, to: 'Ann' }, /To: "Ann" is not a phone number/],
		['To', { ...opener, to: `${CONTACT}, +14155550124` }, /To: .* is not a phone number/],
		['From', { ...opener, from: '' }, /From: there is no number.*Messaging Service SID/],
		['From', { ...opener, from: 'ACME' }, /From: "ACME" is not a phone number/],
		['Agent', { ...opener, agentId: '!!' }, /Agent: no conversations can be kept under "!!"/],
		['Country', { ...opener, options: { defaultCountry: 'USA' } }, /Default Country: "USA"/],
		[
			'Media',
			{ ...opener, options: { mediaUrls: 'picture.jpg' } },
			/Media URLs: "picture.jpg"/,
		],
		[
			'Media',
			{ ...opener, options: { mediaUrls: 'https://example.com/1.jpg\n'.repeat(11) } },
			/Media URLs: there are 11/,
		],
		[
			'Callback',
			{ ...opener, options: { statusCallback: 'https://my_host.example.com/x' } },
			/Status Callback URL: .*underscore/,
		],
		['Pace', { ...opener, options: { textsPerSecond: 0 } }, /Texts per Second: 0 is not/],
		['Validity', { ...opener, options: { validityPeriod: 40000 } }, /Validity Period: 40000/],
		[
			'Schedule',
			{ ...opener, options: { sendAt: '2031-01-01T09:00' } },
			/Send At: Twilio schedules texts through a Messaging Service only/,
		],
		[
			'Schedule',
			{ ...opener, from: 'SERVICE', options: { sendAt: '2031-01-01T09:00' } },
			/Send At: .* more than 35 days ahead/,
		],
		[
			'Schedule',
			{ ...opener, options: { sendAt: 'tomorrow' } },
			/Send At: "tomorrow" is not a date/,
		],
		['length', { ...opener, body: 'x'.repeat(1601) }, /Message: the text has 1601 characters/],
	])('refuses a wrong %s before any call (case %#)', async (_field, parameters, message) => {
		const from = parameters.from === 'SERVICE' ? bench.serviceSid : parameters.from;
		const run = await bench.run(noText, { ...parameters, from });
		expect(refusal(run)).toMatch(message);
		expect(bench.twilio.requests).toHaveLength(0);
	});

	it('sends pictures, asks for reports and sets the validity', async () => {
		const options = {
			mediaUrls:
				'https://example.com/a.jpg\nhttps://example.com/b.png, https://example.com/c,d.gif',
			statusCallback: 'https://example.com/status',
			validityPeriod: 600,
		};
		await bench.run(noText, { ...opener, body: '', options });
		const [message] = bench.twilio.messages();
		expect(message?.media.map(({ sourceUrl }) => sourceUrl)).toEqual([
			'https://example.com/a.jpg',
			'https://example.com/b.png',
			'https://example.com/c,d.gif',
		]);
		expect(message?.statusCallback).toBe('https://example.com/status');
		expect(bench.twilio.requests[0]?.params).toMatchObject({ ValidityPeriod: '600' });
	});

	it("schedules in the workflow's time zone", async () => {
		const later = new Date(Date.now() + 3 * 3_600_000);
		const local = new Intl.DateTimeFormat('sv-SE', {
			timeZone: 'America/New_York',
			dateStyle: 'short',
			timeStyle: 'medium',
		})
			.format(later)
			.replace(' ', 'T');
		const json = jsonOf(
			await bench.run(noText, {
				...opener,
				from: bench.serviceSid,
				options: { sendAt: local },
			}),
		);
		expect(json['status']).toBe('scheduled');
		const [message] = bench.twilio.messages();
		expect(Math.abs(Number(message?.sendAt) - later.getTime())).toBeLessThan(1000);
	});
});

describe('Send SMS and segments', () => {
	const typographic = `“${'It’s fine – really… '.repeat(7)}”`;

	it('replaces typographic characters where that saves segments', async () => {
		const json = jsonOf(await bench.run(noText, { ...opener, body: typographic }));
		expect(json).toMatchObject({ encoding: 'GSM-7', numSegments: 1, warnings: [] });
		expect(json['body']).toContain('"It\'s fine - really... ');
	});

	it('leaves them alone when told to, and warns of the cost', async () => {
		const json = jsonOf(
			await bench.run(noText, {
				...opener,
				body: typographic,
				options: { rewriteToGsm: false },
			}),
		);
		expect(json).toMatchObject({ encoding: 'UCS-2', numSegments: 3, body: typographic });
		expect(json['warnings']).toEqual([
			'These characters make the text cost 3 segments instead of 1: “ ’ – … ”',
		]);
	});

	it('does not send a text over the limit, and says what makes it long', async () => {
		const body = `${'x'.repeat(75)} 🎉`;
		const run = await bench.run(noText, { ...opener, body, options: { maxSegments: 1 } });
		expect(refusal(run)).toMatch(/has 2 segments; Maximum Segments allows 1.*🎉/);
		expect(bench.texts()).toEqual([]);
	});

	it.each([
		['Pay here: https://pay.example.com/i/a__b__c', undefined],
		['Dial **61*+14155550111**20# to forward', undefined],
		['Sen\u0303or Mun\u0303oz, su cita es man\u0303ana', 'Señor Muñoz, su cita es mañana'],
	])('sends %j without spoiling it', async (body, right) => {
		await bench.run(noText, { ...opener, body });
		await bench.run([{ ...bench.incoming(), output: body }]);
		expect(bench.texts()).toEqual([right ?? body, right ?? body]);
	});

	it('takes markdown out of what a model wrote, and leaves what a person typed', async () => {
		await bench.run([{ ...bench.incoming(), output: '**Friday** at 9?' }]);
		await bench.run(noText, { ...opener, body: '**Friday** at 9?' });
		expect(bench.texts()).toEqual(['Friday at 9?', '**Friday** at 9?']);
	});

	it('keeps all that Agent Reply would keep when it shortens', async () => {
		const body = `${'It’s '.repeat(20)}Friday. 👋`;
		const options = { maxSegments: 1, whenLonger: 'shorten' };
		await bench.run(noText, { ...opener, body, options });
		expect(bench.texts()).toEqual([`${"It's ".repeat(20)}Friday.`]);
	});

	it('does not send a text that cannot be shortened without cutting a link', async () => {
		const body = `Book here: https://example.com/${'a'.repeat(160)}`;
		const options = { maxSegments: 1, whenLonger: 'shorten' };
		const run = await bench.run(noText, { ...opener, body, options });
		expect(refusal(run)).toMatch(/Message: .*cannot be shortened without cutting a link/);
		expect(bench.texts()).toEqual([]);
	});

	it('shortens a text over the limit when told to', async () => {
		const body = `${'x'.repeat(40)}. ${'y'.repeat(60)} 🎉`;
		const options = { maxSegments: 1, whenLonger: 'shorten' };
		const json = jsonOf(await bench.run(noText, { ...opener, body, options }));
		expect(json).toMatchObject({ numSegments: 1 });
		expect(bench.texts()).toEqual([`${'x'.repeat(40)}. ${'y'.repeat(60)}...`]);
	});
});

describe('a run in the editor', () => {
	const hintsOf = ({ tasks }: Run) => {
		const messages = (tasks[0]?.hints ?? []).map(({ message }) => message);
		return messages.filter((message) => message.includes(' real text')).join('\n');
	};
	const to = ['+14155550123', '+14155550124', '+14155550125', '+14155550126', '+14155550127'];
	const items = to.map((number) => ({ number }));
	const parameters = { to: '={{ $json.number }}', from: OURS, body: 'Hi' };

	it('says to whom real texts went, and a run in production says nothing', async () => {
		const manual = await bench.run(items, parameters, { mode: 'manual' });
		expect(hintsOf(manual)).toMatch(
			/^Twilio has taken 5 real texts to (<b>\+141555501\d\d<\/b>, ){3}2 more from this run\./,
		);
		const one = await bench.run(items.slice(1, 2), parameters, { mode: 'manual' });
		expect(hintsOf(one)).toContain('a real text to <b>+14155550124</b> from this run');
		expect(hintsOf(await bench.run(items, parameters))).toBe('');
	});

	it('counts no text that was not sent, or not by this run', async () => {
		const once = { ...parameters, options: { oncePer: 'call 1' } };
		const more: Partial<RunNodeOptions> = {
			mode: 'manual',
			settings: { onError: 'continueRegularOutput' },
		};
		const { staticData } = await bench.run(items.slice(0, 1), once, more);
		const again = await bench.run([...items.slice(0, 1), { number: 'nobody' }], once, {
			...more,
			staticData,
		});
		expect(again.outputs[0]).toMatchObject([
			{ json: { repeated: true } },
			{ json: { status: 'notSent' } },
		]);
		expect(hintsOf(again)).toBe('');
	});
});
