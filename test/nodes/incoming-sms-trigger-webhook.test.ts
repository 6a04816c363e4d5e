import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { CONNECTION_OVERRIDES } from '../../nodes/shared/twilio/registration/own-webhook-url';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { STATIC_DATA_KEY } from '../../nodes/shared/n8n/stores/automatic-place';
import { LiveThreads } from '../../nodes/shared/threads/stores/static-data/live-threads';
import {
	listenWebhook,
	webhookHooks,
	type ListeningWebhook,
	type WebhookAnswer,
	type WebhookSetup,
} from './support/call-webhook';
import { holdClock } from './support/held-clock';
import { WEBHOOK_BASE } from './support/host-stand-in';
import numbers from '../fixtures/words/numbers.json';
import texts from '../fixtures/words/texts.json';
import { signedCall, textForm, type TextForm } from './support/signed-text';
import { openThreadFile } from './support/thread-file';
import { openTriggerBench, type TriggerBench } from './support/trigger-bench';

const PRODUCTION = `${WEBHOOK_BASE}/webhook-1/twilio`;
const SERVICE = `MG${'5'.repeat(32)}`;
const TEXT_SID = `SM${'1'.repeat(32)}`;

let bench: TriggerBench;
let open: ListeningWebhook[];
let workflows = 0;

beforeEach(async () => {
	bench = await openTriggerBench();
	open = [];
});

afterEach(async () => {
	await Promise.all(open.map(async (webhook) => await webhook.close()));
	await bench.close();
});

type Setup = Parameters<TriggerBench['setup']>[1];

/** Each with a workflow of its own: threads are kept by workflow. */
async function listen(parameters: INodeParameters = {}, more: Setup = {}) {
	const setup = bench.setup(parameters, { workflowId: `workflow-${workflows++}`, ...more });
	return await listenTo(setup);
}

async function listenTo(setup: WebhookSetup) {
	const webhook = await listenWebhook(setup);
	open.push(webhook);
	const form = (fields: TextForm = {}) => textForm(bench.account.accountSid, fields);
	const text = async (fields: TextForm = {}, token = bench.account.authToken) =>
		await webhook.call(signedCall(webhook.url, token, form(fields)));
	return { ...webhook, form, text };
}

/** The JSON of the items by output; no outputs where no execution starts. */
function outputsOf({ result }: WebhookAnswer): IDataObject[][] {
	return (result?.workflowData ?? []).map((items) => items.map(({ json }) => json));
}

function expectAcknowledged(answer: WebhookAnswer): void {
	expect(answer.error).toBeUndefined();
	expect(answer.status).toBe(200);
	expect(answer.headers.get('content-type')).toMatch(/^text\/xml/);
	expect(answer.body).toBe('<Response/>');
	expect(answer.result?.noWebhookResponse).toBe(true);
}

function expectRefused(answer: WebhookAnswer, status = 403): void {
	expect(answer.status).toBe(status);
	expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
	expect(answer.result).toEqual({ noWebhookResponse: true });
}

describe('a text', () => {
	it.each([
		...numbers
			.filter(({ field }) => field === 'From of an inbound text')
			.map(({ in: from }) => from),
		...['A', 'Bank & Co', 'ACME-Shop_1', 'Ärzte'],
	])('from %s, whom nobody can text back, is taken in', async (From) => {
		const { text } = await listen();
		const answer = await text({ From, Body: 'Your parcel is here.' });
		expectAcknowledged(answer);
		expect(outputsOf(answer)).toEqual([
			[expect.objectContaining({ contact: From, body: 'Your parcel is here.' })],
		]);
	});

	it.each([
		...texts.filter(({ kind }) => kind === 'empty').map(({ in: { Body } }) => Body),
		' \n',
		'\u200B\uFEFF',
		'\uFFFC',
	])('in which there is nothing to read (%j) gives something to read', async (Body = '') => {
		const { text } = await listen();
		await text({ Body: 'Are you open?' });
		const answer = await text({ Body, NumMedia: '0' });
		expectAcknowledged(answer);
		expect(outputsOf(answer)).toEqual([
			[expect.objectContaining({ body: Body, chatInput: '[empty text]' })],
		]);
	});

	it('is acknowledged without a reply and comes out with all that a reply needs', async () => {
		const { text } = await listen({
			agents: { agent: [{ name: 'Front Desk', smsPrompt: 'Be kind.' }] },
		});
		const answer = await text({
			MessageSid: TEXT_SID,
			Body: ' Hi \n',
			MessagingServiceSid: SERVICE,
			NumSegments: '2',
		});
		expectAcknowledged(answer);
		const threadId = `${bench.account.accountSid}:front-desk:+14155550123`;
		const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as unknown as string;
		expect(outputsOf(answer)).toEqual([
			[
				{
					event: 'message',
					threadId,
					agent: {
						id: 'front-desk',
						name: 'Front Desk',
						smsPrompt: 'Be kind.',
						matchedBy: 'default',
					},
					contact: '+14155550123',
					sender: '+14155550100',
					messagingServiceSid: SERVICE,
					messageSid: TEXT_SID,
					messageSids: [TEXT_SID],
					body: ' Hi \n',
					messages: [
						{
							messageSid: TEXT_SID,
							direction: 'inbound',
							author: 'contact',
							body: ' Hi \n',
							media: [],
							sender: '+14155550100',
							messagingServiceSid: SERVICE,
							numSegments: 2,
							at,
						},
					],
					media: [],
					numSegments: 2,
					receivedAt: at,
					newThread: true,
					reaction: null,
					late: false,
					lateMinutes: 0,
					tooLate: false,
					chatInput: ' Hi \n',
					sessionId: threadId,
				},
			],
		]);
	});

	it('has an agent from the start, without a click', async () => {
		const { text } = await listen();
		const [[item] = []] = outputsOf(await text());
		expect(item).toMatchObject({
			agent: { id: 'assistant', name: 'Assistant', smsPrompt: '' },
			messagingServiceSid: null,
		});
	});

	it('is answered though no time passes: it waits for nothing', async () => {
		holdClock();
		const { text } = await listen();
		const [first, second] = [await text(), await text()];
		expect([first.status, second.status]).toEqual([200, 200]);
		expect(outputsOf(first)).toHaveLength(1);
	});

	it('starts one execution however often it is delivered', async () => {
		const { call, form } = await listen();
		const again = signedCall(PRODUCTION, bench.account.authToken, form());
		const answers = await Promise.all(
			Array.from({ length: 10 }, async () => await call(again)),
		);
		answers.forEach(expectAcknowledged);
		expect(answers.filter((answer) => outputsOf(answer).length > 0)).toHaveLength(1);
	});

	it('joins the thread of its contact', async () => {
		const { text } = await listen();
		await text({ Body: 'one' });
		const [[second] = []] = outputsOf(await text({ Body: 'two' }));
		const [[other] = []] = outputsOf(await text({ From: '+14155550124' }));
		expect([second?.['newThread'], other?.['newThread']]).toEqual([false, true]);
	});

	it('is a text where it is a picture without words', async () => {
		const { text } = await listen();
		const [[item] = []] = outputsOf(
			await text({
				Body: '',
				NumMedia: '1',
				MediaUrl0: 'https://api.twilio.com/media/1',
				MediaContentType0: 'image/jpeg',
			}),
		);
		expect(item).toMatchObject({
			event: 'message',
			body: '',
			media: [{ url: 'https://api.twilio.com/media/1', contentType: 'image/jpeg' }],
			chatInput: '[image/jpeg]',
		});
	});

	it('may come with a query in its address', async () => {
		const { call, form } = await listen();
		const answer = await call(
			signedCall(PRODUCTION, bench.account.authToken, form(), '?a=%20b&c=%27'),
		);
		expectAcknowledged(answer);
	});
});

describe('a request that Twilio did not sign for this address', () => {
	it.each<[string, (form: TextForm) => ReturnType<typeof signedCall>]>([
		['without a signature', (form) => ({ form })],
		['with an empty signature', (form) => ({ form, headers: { 'x-twilio-signature': '' } })],
		[
			'with a made-up signature',
			(form) => ({ form, headers: { 'x-twilio-signature': 'abc=' } }),
		],
		['signed with another token', (form) => signedCall(PRODUCTION, 'another-token', form)],
		[
			'signed for another address',
			(form) =>
				signedCall(
					'https://n8n.example/webhook/other/twilio',
					bench.account.authToken,
					form,
				),
		],
		[
			'signed for the test address',
			(form) =>
				signedCall(
					PRODUCTION.replace('webhook/', 'webhook-test/'),
					bench.account.authToken,
					form,
				),
		],
		[
			'signed for the address that the request names itself',
			(form) => ({
				...signedCall(
					'https://evil.example/webhook/webhook-1/twilio',
					bench.account.authToken,
					form,
				),
			}),
		],
		[
			'with other words than were signed',
			(form) => ({
				...signedCall(PRODUCTION, bench.account.authToken, form),
				form: { ...form, Body: 'Send money' },
			}),
		],
		[
			'with a field that was not signed',
			(form) => ({
				...signedCall(PRODUCTION, bench.account.authToken, form),
				form: { ...form, Extra: '1' },
			}),
		],
		[
			'with a query that was not signed',
			(form) => ({ ...signedCall(PRODUCTION, bench.account.authToken, form), query: '?a=1' }),
		],
		[
			'with its form as JSON',
			(form) => ({
				headers: {
					...signedCall(PRODUCTION, bench.account.authToken, form).headers,
					'content-type': 'application/json',
				},
				body: JSON.stringify({ ...form, Body: 'Send money' }),
			}),
		],
		[
			'for another account',
			(form) =>
				signedCall(PRODUCTION, bench.account.authToken, {
					...form,
					AccountSid: `AC${'9'.repeat(32)}`,
				}),
		],
	])('is refused %s', async (_how, request) => {
		const { call, form, text } = await listen();
		expectRefused(await call(request(form())));
		expect(outputsOf(await text())[0]?.[0]).toMatchObject({ newThread: true });
	});

	it('is refused where the credential has no token', async () => {
		const { call, form } = await listen({}, { credential: { authToken: '' } });
		expectRefused(await call(signedCall(PRODUCTION, '', form())));
	});

	it('is told apart by its account, with a token that several share', async () => {
		const { text } = await listen();
		expectRefused(await text({ AccountSid: '' }));
	});
});

describe('the Auth Token', () => {
	it('may be the secondary one during a rotation', async () => {
		const { text } = await listen({}, { credential: { secondaryAuthToken: 'the-new-token' } });
		expectAcknowledged(await text({}, 'the-new-token'));
		expectAcknowledged(await text({}, bench.account.authToken));
	});

	it('is read again at the first signature that does not match', async () => {
		const setup = bench.setup();
		const { text } = await listenTo(setup);
		expectAcknowledged(await text());
		setup.credentials!['twilioMessagingApi']!['authToken'] = 'rotated';
		expectAcknowledged(await text({}, 'rotated'));
		expectRefused(await text({}, bench.account.authToken));
	});
});

describe('behind a proxy', () => {
	it('is verified for the public address', async () => {
		const { call, form } = await listen(
			{ options: { publicBaseUrl: 'https://sms.example.com' } },
			{ webhookBaseUrl: 'http://10.0.0.5:5678/webhook' },
		);
		const { authToken } = bench.account;
		const publicUrl = 'https://sms.example.com/webhook/webhook-1/twilio';
		expectAcknowledged(await call(signedCall(publicUrl, authToken, form())));
		const inside = 'http://10.0.0.5:5678/webhook/webhook-1/twilio';
		expectRefused(await call(signedCall(inside, authToken, form())));
	});
});

describe('STOP, START and HELP', () => {
	it('start nothing, and are kept', async () => {
		const { text, staticData } = await listen();
		for (const Body of ['STOP', 'Help', 'START']) {
			const answer = await text({ Body });
			expectAcknowledged(answer);
			expect(outputsOf(answer)).toEqual([]);
		}
		const { global } = JSON.parse(JSON.stringify(staticData)) as {
			global: Record<string, unknown>;
		};
		const saved = new LiveThreads();
		saved.absorb(global[STATIC_DATA_KEY]);
		const contacts = [...saved.records].filter(([key]) => key.startsWith('contact:'));
		expect(contacts.map(([, value]) => value)).toMatchObject([
			{ consent: { status: 'optedIn', by: 'START', how: 'keyword' } },
		]);
	});

	it('come out as events of their own where they are asked for', async () => {
		const { text } = await listen({ options: { runOnConsentWords: true } });
		const events = [];
		for (const Body of ['stop', 'info', 'yes', 'yes']) {
			events.push(outputsOf(await text({ Body }))[0]?.[0]?.['event']);
		}
		expect(events).toEqual(['optOut', 'help', 'optIn', 'message']);
	});

	it("follow Twilio's own verdict", async () => {
		const { text } = await listen();
		expect(outputsOf(await text({ Body: 'Basta ya', OptOutType: 'STOP' }))).toEqual([]);
	});
});

describe('a START that lifts an opt-out', () => {
	it.each([{ Body: 'START' }, { Body: 'Yes' }, { Body: 'Weiter', OptOutType: 'START' }])(
		'%j starts nothing, nor does it lead the next text',
		async (start) => {
			const { text } = await listen();
			await text({ Body: 'STOP' });
			expect(outputsOf(await text(start))).toEqual([]);
			const next = await text({ Body: 'Are you open on Friday?' });
			expect(outputsOf(next)[0]?.[0]).toMatchObject({ body: 'Are you open on Friday?' });
		},
	);

	it("is an ordinary text from somebody who never opted out, whatever Twilio's verdict", async () => {
		const { text } = await listen();
		const answer = await text({ Body: 'Yes', OptOutType: 'START' });
		expect(outputsOf(answer)[0]?.[0]).toMatchObject({ event: 'message', body: 'Yes' });
	});
});

describe('what a phone writes by itself', () => {
	it('starts nothing, and does not lead the next text', async () => {
		const { text } = await listen();
		expect(outputsOf(await text({ Body: 'Liked “Friday at 9?”' }))).toEqual([]);
		const next = await text({ Body: 'Make it 10' });
		expect(outputsOf(next)[0]?.[0]).toMatchObject({ body: 'Make it 10', reaction: null });
	});

	it('comes out as an event of its own where it is asked for', async () => {
		const { text } = await listen({ options: { runOnReactions: true } });
		const answer = await text({ Body: 'Liked “Friday at 9?”' });
		expect(outputsOf(answer)[0]?.[0]).toMatchObject({
			event: 'reaction',
			reaction: 'tapback',
			body: 'Liked “Friday at 9?”',
		});
	});
});

describe('what is no text', () => {
	it('is acknowledged and starts nothing: a status callback', async () => {
		const { text } = await listen();
		const answer = await text({ MessageStatus: 'delivered', SmsStatus: 'delivered' });
		expectAcknowledged(answer);
		expect(outputsOf(answer)).toEqual([]);
	});

	it.each([
		['no sender in the Messaging Service was found for', { ErrorCode: '21610' }],
		['came from a name', { From: 'Zipcar' }],
		['came from another name', { From: 'Name Shop' }],
	])(
		'is acknowledged and starts nothing: a status callback of a text that %s',
		async (_, more) => {
			const { call } = await listen();
			const form = {
				...{ AccountSid: bench.account.accountSid, ApiVersion: '2010-04-01' },
				...{ MessageSid: TEXT_SID, MessagingServiceSid: SERVICE, MessageStatus: 'failed' },
				...{ SmsSid: TEXT_SID, SmsStatus: 'failed', To: '+14155550123' },
				...more,
			};
			const answer = await call(signedCall(PRODUCTION, bench.account.authToken, form));
			expectAcknowledged(answer);
			expect(outputsOf(answer)).toEqual([]);
		},
	);

	it('is acknowledged and starts nothing: WhatsApp', async () => {
		const { text } = await listen();
		const answer = await text({ From: 'whatsapp:+14155550123', To: 'whatsapp:+14155550100' });
		expectAcknowledged(answer);
		expect(outputsOf(answer)).toEqual([]);
	});

	it('is refused: a form of no message, or of nobody, though signed', async () => {
		const { call } = await listen();
		const ofNobody = { AccountSid: bench.account.accountSid };
		const ofNothing = { ...ofNobody, From: '+14155550123', To: '+14155550100' };
		const send = (form: Record<string, string>) =>
			call(signedCall(PRODUCTION, bench.account.authToken, form));
		expectRefused(await send(ofNothing), 400);
		expectRefused(await send(ofNobody), 403);
	});
});

describe('a request that is sent again after days', () => {
	const DAYS_MS = 3 * 86_400_000;

	async function textAtTwilio(body: string): Promise<TextForm> {
		const from = '+14155550123';
		const to = '+14155550100';
		bench.twilio.addNumber(bench.account.accountSid, { phoneNumber: to });
		const { messageSid } = await bench.twilio.textFromContact({ from, to, body });
		return { MessageSid: messageSid, From: from, To: to, Body: body };
	}

	it('starts nothing, and says nothing of consent, where the conversation is forgotten', async () => {
		const { text } = await listen();
		const form = await textAtTwilio('STOP');
		const clock = jest.spyOn(systemClock, 'now');
		clock.mockImplementation(() => Date.now() + DAYS_MS);
		const again = await text(form);
		expectAcknowledged(again);
		expect(outputsOf(again)).toEqual([]);
		clock.mockRestore();
		const [[item] = []] = outputsOf(await text({ From: form['From'] ?? '' }));
		expect(item).toMatchObject({ newThread: true });
		expect(item?.['messages']).toHaveLength(1);
	});

	it('counts as one of now where it came just now, and where Twilio cannot tell', async () => {
		const { text } = await listen();
		expect(outputsOf(await text(await textAtTwilio('Hi')))).toHaveLength(1);
		bench.twilio.faults.next({ kind: '500' });
		expect(outputsOf(await text({ From: '+14155550124' }))).toHaveLength(1);
	});
});

describe('agents', () => {
	const TWO = {
		agent: [
			{ name: 'Front Desk', numbers: '+14155550100' },
			{ name: 'Sales', numbers: '+14155550101' },
		],
	};

	it('keep their threads apart', async () => {
		const { text } = await listen({ agents: TWO });
		const [[desk] = []] = outputsOf(await text());
		const [[sales] = []] = outputsOf(await text({ To: '+14155550101' }));
		expect(desk).toMatchObject({
			threadId: `${bench.account.accountSid}:front-desk:+14155550123`,
			agent: { matchedBy: 'number' },
		});
		expect(sales).toMatchObject({
			threadId: `${bench.account.accountSid}:sales:+14155550123`,
			newThread: true,
		});
	});

	it('share new contacts, each of whom stays where it was given', async () => {
		const sharing = (desk: number, sales: number) => ({
			agents: {
				agent: [
					{ name: 'Front Desk', share: desk },
					{ name: 'Sales', share: sales },
				],
			},
		});
		const workflowId = `workflow-${workflows++}`;
		const { text } = await listen(sharing(0.001, 1000), { workflowId });
		const threadId = `${bench.account.accountSid}:sales:+14155550123`;
		const agent = { id: 'sales', matchedBy: 'share' };
		expect(outputsOf(await text())).toMatchObject([[{ threadId, agent, newThread: true }]]);
		const later = await listen(sharing(1000, 0.001), { workflowId });
		const { text: another } = later;
		expect(outputsOf(await another())).toMatchObject([[{ threadId, newThread: false }]]);
	});

	it('that a contact was passed to have the texts at their output, in the same conversation', async () => {
		const agents = {
			agent: [
				{ name: 'Front Desk', smsPrompt: 'You are the desk.', mayPassTo: 'Billing' },
				{ name: 'Billing', smsPrompt: 'You know bills.', mayPassTo: 'Front Desk' },
			],
		};
		const kept = await openThreadFile();
		try {
			const { text } = await listen({
				...{ agents, separateOutputs: true },
				...{ threadStore: 'embedded', threadStoreFile: kept.path },
			});
			const threadId = `${bench.account.accountSid}:front-desk:+14155550123`;
			const desk = { id: 'front-desk', smsPrompt: 'You are the desk.' };
			const own = { threadId, agent: { ...desk, matchedBy: 'default' } };
			expect(outputsOf(await text())).toMatchObject([[], [], [own]]);
			const passed = { to: 'billing', by: 'front-desk', reason: '', through: '' };
			await kept.store.threads.changeState(threadId, (state) => ({ ...state, passed }));
			const billing = { id: 'billing', name: 'Billing' };
			const passedTo = { ...billing, smsPrompt: 'You know bills.' };
			expect(outputsOf(await text())).toMatchObject([[], [], [], [{ ...own, passedTo }]]);
		} finally {
			await kept.remove();
		}
	});

	it('have outputs of their own, after those that are always there', async () => {
		const { text } = await listen({ agents: TWO, separateOutputs: true });
		const filled = async (To: string) =>
			outputsOf(await text({ To })).map((items) => items.length);
		expect(await filled('+14155550100')).toEqual([0, 0, 1]);
		expect(await filled('+14155550101')).toEqual([0, 0, 0, 1]);
		expect(await filled('+14155550199')).toEqual([1]);
	});

	it('take the rest at their own output where they have no numbers', async () => {
		const agents = { agent: [...TWO.agent, { name: 'Anybody' }] };
		const { text } = await listen({ agents, separateOutputs: true });
		const outputs = outputsOf(await text({ To: '+14155550199' }));
		expect(outputs.map((items) => items.length)).toEqual([0, 0, 0, 0, 1]);
		expect(outputs[4]?.[0]).toMatchObject({ agent: { id: 'anybody', matchedBy: 'default' } });
	});
});

describe('when the text cannot be kept', () => {
	it('Twilio is told so, and the text is not lost silently', async () => {
		process.env['EXECUTIONS_MODE'] = 'queue';
		try {
			const { text } = await listen();
			expectRefused(await text(), 500);
		} finally {
			delete process.env['EXECUTIONS_MODE'];
		}
	});

	it('Twilio is told so where the agents cannot be used', async () => {
		const { text } = await listen({ agents: { agent: [] } });
		expectRefused(await text(), 500);
	});
});

describe('a text that comes by the fallback', () => {
	it('is taken in, and the URL that an unfinished test left is put right', async () => {
		const number = bench.twilio.addNumber(bench.account.accountSid, {
			phoneNumber: '+14155550100',
		});
		const setup = bench.setup({ receiveOn: 'phoneNumbers', phoneNumbers: [number.sid] });
		const production = webhookHooks(setup);
		await production.create();
		const test = webhookHooks({ ...setup, isTest: true });
		await test.create(); // and n8n died

		const { text } = await listenTo({ ...setup, staticData: production.staticData });
		const answer = await text({ ErrorCode: '11200', ErrorUrl: number.smsUrl });
		expect(outputsOf(answer)).toHaveLength(1);
		expect(number).toMatchObject({
			smsUrl: PRODUCTION + CONNECTION_OVERRIDES.texts,
			smsFallbackUrl: '',
		});
	});

	it('is taken in where the address that failed is not ours', async () => {
		const { text } = await listen();
		const answer = await text({ ErrorCode: '11200', ErrorUrl: 'https://crm.example.com/' });
		expect(outputsOf(answer)).toHaveLength(1);
	});
});
