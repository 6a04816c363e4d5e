import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { IDataObject, INode, INodeParameters } from 'n8n-workflow';
import { itemsOf, type StoredExecution, type StoredWorkflow } from '../../harness/n8n-client';
import { agentReplyIn, triggerIn } from '../../harness/two-way-agent';
import { poll } from '../../harness/poll';
import { splitOutNode, webhookNode } from './support/webhook-node';
import { inARow, nodeIn } from '../../harness/workflow-nodes';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

let fixture: E2eFixture;
let contacts = 0;
const newContact = () => `+1415555${String(++contacts).padStart(4, '0')}`;

beforeAll(async () => {
	fixture = await openE2eFixture({ withService: true });
});
beforeEach(() => {
	fixture.model.clear();
	fixture.twilio.faults.clear();
});
afterAll(() => fixture.close());

const POST = { method: 'POST', path: /Messages\.json/ } as const;
const BY_HOOK: INodeParameters = { to: '={{ $json.to }}', body: '={{ $json.body }}' };

/** Texts to one contact, without Twilio's own answers to STOP and the like. */
const textsTo = (contact: string) =>
	fixture.twilio
		.messages({ direction: 'outbound', to: contact, automatic: false })
		.map(({ body }) => body);

/** A list of leads comes in by a webhook; each becomes an item. */
function leads(path: string): INode[] {
	return [webhookNode('Hook', path, { httpMethod: 'POST' }), splitOutNode('Leads', 'body.leads')];
}

interface Bench {
	workflow: StoredWorkflow;
	send(leads: IDataObject[]): Promise<StoredExecution>;
}

/** Webhook -> Send SMS, and beside it Incoming SMS Trigger -> Agent Reply. */
async function withSendSms(
	parameters: INodeParameters,
	work: (bench: Bench) => Promise<void>,
	settings: Partial<INode> = {},
): Promise<void> {
	const path = `leads-${crypto.randomUUID()}`;
	const workflow = await fixture.startWorkflow({
		name: 'Send SMS',
		nodes: [
			...leads(path),
			nodeIn(fixture, {
				type: 'sendSms',
				name: 'Send SMS',
				parameters: { ...BY_HOOK, ...parameters },
				credentials: ['twilioMessagingApi', 'openAiCompatibleApi'],
				settings,
			}),
			triggerIn(fixture),
			agentReplyIn(fixture),
		],
		connections: {
			...inARow('Hook', 'Leads', 'Send SMS'),
			...inARow('Incoming SMS Trigger', 'Agent Reply'),
		},
	});
	try {
		await work({
			workflow,
			send: async (items) => {
				const before = (await runsOfHook(workflow.id)).length;
				await fetch(`${fixture.n8n.url}/webhook/${path}`, {
					method: 'POST',
					headers: { 'content-type': 'application/json' },
					body: JSON.stringify({ leads: items }),
				});
				return await poll(
					'the run of the hook to end',
					async () => {
						const [newest, ...others] = await runsOfHook(workflow.id);
						return others.length >= before ? newest : undefined;
					},
					{ timeoutMs: 60_000 },
				);
			},
		});
	} finally {
		await fixture.client.deactivate(workflow.id);
	}
}

/** Newest first; the trigger beside the hook starts runs of its own, which may end at any time. */
async function runsOfHook(workflowId: string): Promise<StoredExecution[]> {
	const all = await fixture.client.executions(workflowId);
	return all.filter(
		({ status, data }) =>
			(status === 'success' || status === 'error') && 'Hook' in data.resultData.runData,
	);
}

const sentOf = (execution: StoredExecution) =>
	itemsOf(execution, 'Send SMS').map(({ json }) => json);

async function textAndAnswer(from: string, body: string): Promise<void> {
	const before = textsTo(from).length;
	await fixture.twilio.textFromContact({ from, to: fixture.number.phoneNumber, body });
	await fixture.twilio.waitForMessage(() => textsTo(from).length > before, 90_000);
}

describe('Send SMS in a real n8n', () => {
	it('opens a conversation in fixed words, and the reply knows them', async () => {
		await withSendSms({ agentId: 'Front Desk' }, async ({ send }) => {
			const to = newContact();
			const body = 'Hi, this is Ava of Bright Dental. You wanted a check-up on Tuesday.';
			const [sent] = sentOf(await send([{ to, body }]));
			expect(sent).toMatchObject({
				body,
				messagingServiceSid: fixture.service?.sid,
				threadId: `${fixture.account.accountSid}:front-desk:${to}`,
				numSegments: 1,
				encoding: 'GSM-7',
			});
			await textAndAnswer(to, 'Yes, at what time?');
			const shown = fixture.model.requests.at(-1)?.messages.map(({ text }) => text) ?? [];
			expect(shown.some((text) => text.includes(body))).toBe(true);
			expect(shown.at(-1)).toContain('Yes, at what time?');
		});
	});

	it('opens a conversation in the words of a model, and the reply knows them', async () => {
		const parameters = {
			mode: 'ai',
			model: { __rl: true, mode: 'id', value: 'emulated-small' },
			smsPrompt: 'You are Ava of Bright Dental.',
			instruction: 'Ask whether Tuesday suits for the check-up.',
			agentId: 'Front Desk',
		};
		await withSendSms(parameters, async ({ send }) => {
			fixture.model.respond = () => 'Does Tuesday suit you for the check-up?';
			const to = newContact();
			const [sent] = sentOf(await send([{ to }]));
			expect(sent).toMatchObject({ body: 'Does Tuesday suit you for the check-up?' });
			fixture.model.respond = undefined;
			await textAndAnswer(to, 'It does');
			const shown = fixture.model.requests.at(-1)?.messages ?? [];
			expect(shown.find(({ role }) => role === 'assistant')?.text).toContain(
				'Does Tuesday suit you for the check-up?',
			);
		});
	});

	it('sends one text in the end after 429, and after an answer that got lost', async () => {
		await withSendSms({}, async ({ send }) => {
			for (const kind of ['429', 'reset-after-accept', '500-after-accept'] as const) {
				fixture.twilio.faults.next({ kind, ...POST, times: kind === '429' ? 2 : 1 });
				const to = newContact();
				const execution = await send([{ to, body: 'Hello' }]);
				expect(execution.status).toBe('success');
				expect(textsTo(to)).toEqual(['Hello']);
			}
		});
	});

	it('sends one text in the end when Twilio hangs after taking it', async () => {
		await withSendSms({}, async ({ send }) => {
			fixture.twilio.faults.next({ kind: 'hang-after-accept', ...POST });
			const to = newContact();
			const [sent] = sentOf(await send([{ to, body: 'Hello' }]));
			expect(sent).toMatchObject({ reconciled: true, repeated: false });
			expect(textsTo(to)).toEqual(['Hello']);
		});
	});

	it('reports an unknown outcome and does not send again when Retry On Fail repeats it', async () => {
		const settings = { retryOnFail: true, maxTries: 2, waitBetweenTries: 0 };
		await withSendSms(
			{},
			async ({ send }) => {
				fixture.twilio.faults.next({ kind: 'reset', ...POST });
				const to = newContact();
				const execution = await send([{ to, body: 'Hello' }]);
				expect(execution.status).toBe('error');
				expect(execution.data.resultData.error?.message).toMatch(/It is not certain/);
				expect(textsTo(to)).toEqual([]);
			},
			settings,
		);
	});

	it('sends with Retry On Fail what the first try could not', async () => {
		const settings = { retryOnFail: true, maxTries: 3, waitBetweenTries: 0 };
		await withSendSms(
			{},
			async ({ send }) => {
				fixture.twilio.faults.next({ kind: 'error', code: 21611, status: 429, ...POST });
				const [first, second] = [newContact(), newContact()];
				const execution = await send([
					{ to: first, body: 'one' },
					{ to: second, body: 'two' },
				]);
				expect(execution.status).toBe('success');
				expect([textsTo(first), textsTo(second)]).toEqual([['one'], ['two']]);
			},
			settings,
		);
	});

	it('keeps trying in the same run, and sends to whoever still wants it', async () => {
		await withSendSms(
			// One after the other: the fault is for the first.
			{ options: { keepTryingMinutes: 5, atOnce: 1 }, agentId: 'Front Desk' },
			async ({ send }) => {
				const [stays, leaves] = [newContact(), newContact()];
				const busy = { kind: 'error', code: 21611, status: 429, ...POST } as const;
				const posts = () =>
					fixture.twilio.requests.filter(({ method }) => method === 'POST').length;
				const before = posts();
				fixture.twilio.faults.next({ ...busy });
				const running = send([
					{ to: leaves, body: 'one' },
					{ to: stays, body: 'two' },
				]);
				await poll('the first try', async () => posts() > before || undefined);
				await fixture.twilio.textFromContact({
					from: leaves,
					to: fixture.number.phoneNumber,
					body: 'STOP',
				});
				expect(sentOf(await running)).toMatchObject([
					{ error: expect.stringContaining('opted out'), status: 'notSent' },
					{ event: 'sent', body: 'two' },
				]);
				expect([textsTo(leaves), textsTo(stays)]).toEqual([[], ['two']]);
				expect(posts()).toBe(before + 2);

				fixture.twilio.faults.next({ ...busy });
				const execution = await send([{ to: stays, body: 'three' }]);
				const took =
					Date.parse(execution.stoppedAt ?? '') - Date.parse(execution.startedAt);
				expect(took).toBeGreaterThanOrEqual(30_000);
				expect(textsTo(stays)).toEqual(['two', 'three']);
			},
			{ onError: 'continueRegularOutput' },
		);
	});

	it('sends only what was not sent when a failed execution is retried by hand', async () => {
		await withSendSms({ options: { atOnce: 1 } }, async ({ workflow, send }) => {
			const people = [newContact(), newContact(), newContact()];
			const items = people.map((to, index) => ({ to, body: `text ${index + 1}` }));
			// A fault hits the first request that it matches: the first two are let through.
			fixture.twilio.faults.next({ kind: 'delay', ms: 0, ...POST, times: 2 });
			fixture.twilio.faults.next({ kind: 'error', code: 21614, ...POST });
			const failed = await send(items);
			expect(failed.status).toBe('error');
			expect(people.map(textsTo)).toEqual([['text 1'], ['text 2'], []]);

			const retried = await fixture.client.executionAfter(
				workflow.id,
				async () => await fixture.client.retryExecution(failed.id),
			);
			expect(sentOf(retried)).toMatchObject([
				{ body: 'text 1', repeated: true },
				{ body: 'text 2', repeated: true },
				{ body: 'text 3', repeated: false },
			]);
			expect(people.map(textsTo)).toEqual([['text 1'], ['text 2'], ['text 3']]);
		});
	});

	it('does not text a contact who has texted STOP', async () => {
		await withSendSms({ agentId: 'Front Desk' }, async ({ send }) => {
			const to = newContact();
			await textAndAnswer(to, 'Hello');
			await fixture.twilio.textFromContact({
				from: to,
				to: fixture.number.phoneNumber,
				body: 'STOP',
			});
			const posts = () => fixture.twilio.requests.filter(({ method }) => method === 'POST');
			const before = posts().length;
			const execution = await send([{ to, body: 'One more thing' }]);
			expect(execution.status).toBe('error');
			expect(execution.data.resultData.error?.message).toContain('has opted out of texts');
			expect(posts()).toHaveLength(before);
		});
	});

	it('learns an opt-out from Twilio, and goes on with the other items', async () => {
		await withSendSms(
			{ options: { atOnce: 1 } },
			async ({ send }) => {
				fixture.twilio.faults.next({ kind: 'error', code: 21610, ...POST });
				const [gone, other] = [newContact(), newContact()];
				const items = sentOf(
					await send([
						{ to: gone, body: 'one' },
						{ to: other, body: 'two' },
					]),
				);
				expect(items).toMatchObject([
					{ error: expect.stringContaining('opted out'), to: gone, status: 'notSent' },
					{ body: 'two', contact: other },
				]);
				const [again] = sentOf(await send([{ to: gone, body: 'three' }]));
				expect(again).toMatchObject({ error: expect.stringContaining('opted out') });
				expect(textsTo(gone)).toEqual([]);
				expect(textsTo(other)).toEqual(['two']);
			},
			{ onError: 'continueRegularOutput' },
		);
	});

	it('saves segments on typographic quotes, and keeps emoji within the limit', async () => {
		const options = { maxSegments: 1, whenLonger: 'shorten' };
		await withSendSms({ options }, async ({ send }) => {
			const to = newContact();
			const quotes = `“${'It’s fine – really… '.repeat(7)}”`;
			const emoji = `See you at nine! 🎉 ${'x'.repeat(70)}`;
			const [first, second] = sentOf(
				await send([
					{ to, body: quotes },
					{ to, body: emoji },
				]),
			);
			expect(first).toMatchObject({ encoding: 'GSM-7', numSegments: 1 });
			expect(second).toMatchObject({ encoding: 'UCS-2', numSegments: 1 });
			expect(textsTo(to)[1]).toMatch(/^See you at nine! 🎉 x+\.\.\.$/u);
		});
	});

	it('schedules a text through the Messaging Service, at the time of an expression', async () => {
		const options = { sendAt: '={{ $now.plus({ hours: 2 }) }}' };
		await withSendSms({ options }, async ({ send }) => {
			const to = newContact();
			const [sent] = sentOf(await send([{ to, body: 'Later' }]));
			expect(sent).toMatchObject({
				status: 'scheduled',
				messagingServiceSid: fixture.service?.sid,
			});
			const [message] = fixture.twilio.messages({ to });
			const ahead = Number(message?.sendAt) - Date.now();
			expect(ahead / 3_600_000).toBeCloseTo(2, 1);
		});
	});
});
