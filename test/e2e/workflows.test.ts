import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { INode, INodeParameters } from 'n8n-workflow';
import { Webhook } from 'standardwebhooks';
import type { ContactFixture } from './support/contact-fixture';
import { httpExchange } from '../../harness/http-exchange';
import {
	openWorkflowsFixture,
	OWNERS_PHONE,
	SECRET,
	SIGNING_SECRET,
	TOKEN,
	type WorkflowsFixture,
} from './support/workflows-fixture';
import { hasEnded, itemsOf, type StoredExecution } from '../../harness/n8n-client';
import { openMcpSession } from './support/mcp-session';
import { startOwnSystem, type OwnSystem } from './support/own-system';
import { poll } from '../../harness/poll';
import { WORKFLOW_NAMES, workflowFile, type Changes } from './support/workflow-file';

const STRANGER = '+14155559999';
const MONDAY = '2099-03-02 09:00 Monday';

let workflows: WorkflowsFixture;
let fixture: WorkflowsFixture['fixture'];

beforeAll(async () => {
	workflows = await openWorkflowsFixture();
	({ fixture } = workflows);
});
afterEach(() => workflows.stop());
afterAll(() => workflows.close());

/** A request to n8n's Webhook node. */
const post = async (path: string, body: object, headers: Record<string, string> = SECRET) =>
	await httpExchange(`${fixture.n8n.url}/webhook/${path}`, {
		method: 'POST',
		headers: { 'content-type': 'application/json', ...headers },
		body: JSON.stringify(body),
	});

/** All that the model was shown in its newest request. */
const shownToModel = () =>
	(fixture.model.requests.at(-1)?.messages ?? []).map(({ text }) => text).join('\n');

const nodeIn = (name: string, node: string): INode => {
	const found = workflowFile(name).nodes.find((each) => each.name === node);
	if (!found) throw new Error(`${name} has no ${node}`);
	return found;
};

/** The agents of a file's trigger, as they stand there. */
const agentsIn = (name: string): INodeParameters[] => {
	const { parameters } = nodeIn(name, 'Incoming SMS Trigger');
	const { agent } = parameters['agents'] as { agent: INodeParameters[] };
	return agent;
};

const textsTo = (number: string) =>
	fixture.twilio.messages({ direction: 'outbound' }).filter(({ to }) => to === number);

describe('missed-call-text-back', () => {
	it('texts whoever nobody could talk to, and goes on by text', async () => {
		await workflows.start('missed-call-text-back', workflows.phoneNumbers());
		const phone = workflows.somebody();
		const call = { from: phone.number, to: fixture.number.phoneNumber };
		const { rang, connectedTo } = await fixture.twilio.callFromContact(call);
		expect({ rang, connectedTo }).toEqual({ rang: [OWNERS_PHONE], connectedTo: null });
		const opener = await phone.waitForText(1);
		expect(opener.from).toBe(fixture.number.phoneNumber);
		expect(shownToModel()).toContain('Bright Dental');

		await phone.ask('Hi, my name is Maria');
		expect(shownToModel()).toContain(opener.body);
		expect(await phone.ask('What is my name?')).toBe('Your name is Maria.');
	});

	it('texts nobody whose call was taken', async () => {
		const { id } = await workflows.start('missed-call-text-back', workflows.phoneNumbers());
		const [taken, missed] = [workflows.somebody(), workflows.somebody()];
		const to = fixture.number.phoneNumber;
		await fixture.twilio.callFromContact({ from: taken.number, to, owner: 'answers' });
		await fixture.twilio.callFromContact({ from: missed.number, to });
		await missed.waitForText(1);
		await fixture.client.endedExecutions(id, 1);
		expect(taken.received()).toEqual([]);
	});
});

/** Those with Agent Reply, and what each needs to be filled in. */
const WITH_OWNER: Array<[name: string, changes: () => Changes | Promise<Changes>]> = [
	['two-way-ai-agent', () => ({})],
	['lead-follow-up', () => ({})],
	['many-brands', () => ({})],
	['text-during-a-call', () => ({})],
	['text-during-a-call-mcp', () => ({})],
	['missed-call-text-back', () => workflows.phoneNumbers()],
	['appointment-booking', async () => (await workflows.timesTable([MONDAY])).changes],
];

describe('a text that needs a person', () => {
	const wish = 'I want to talk to a person';
	const reply = (execution: StoredExecution | undefined, output: number) =>
		execution && itemsOf(execution, 'Agent Reply', output)[0]?.json;

	it.each(WITH_OWNER)(
		"comes to the owner's phone from %s, and the contact is told so",
		async (name, changes) => {
			const [owner, phone] = [workflows.somebody(), workflows.somebody()];
			const tell = { ...nodeIn(name, 'Tell the owner').parameters, to: owner.number };
			const { id } = await workflows.start(name, {
				...(await changes()),
				'Tell the owner': tell,
			});
			expect(await phone.ask(wish)).toMatch(/^Thanks, a colleague will .+ shortly\.$/);
			const { from, body } = await owner.waitForText(1);
			expect(from).toBe(fixture.number.phoneNumber);
			expect(body).toContain(`${phone.number} needs you`);
			expect(body).toContain('The contact asked for a person.');
			expect(body).toContain(`They wrote: ${wish}`);

			// What the owner answers is meant for no agent.
			await owner.text('I am on my way');
			const [newest] = await fixture.client.endedExecutions(id, 2);
			expect(reply(newest, 2)).toMatchObject({ reasonCode: 'ownPhone' });
			expect(owner.received()).toHaveLength(1);
			expect(phone.received()).toHaveLength(1);
		},
	);

	it('fails the run, and nothing else, until the owner is filled in', async () => {
		const { id } = await workflows.start('two-way-ai-agent');
		const phone = workflows.somebody();
		await phone.ask('Hi, my name is Maria');
		await workflows.somebody().text(wish);
		const [failed, fine] = await fixture.client.endedExecutions(id, 2);
		expect([fine?.status, failed?.status]).toEqual(['success', 'error']);
		expect(failed?.data.resultData.lastNodeExecuted).toBe('Tell the owner');
		expect(failed?.data.resultData.error?.message).toMatch(/^To: "Your own phone number/);
		expect(await phone.ask('What is my name?')).toBe('Your name is Maria.');
	});

	it('has an owner in every workflow that has an agent', () => {
		const withAgent = WORKFLOW_NAMES.filter((name) =>
			workflowFile(name).nodes.some(({ type }) => type.endsWith('.agentReply')),
		);
		const all = [...WITH_OWNER.map(([name]) => name), 'human-takeover'];
		expect(all.toSorted()).toEqual(withAgent.toSorted());
	});
});

describe('human-takeover', () => {
	/** The trigger, with this phone as the owner's. */
	const ownedBy = (phone: string): Changes => {
		const { agents, ...trigger } = nodeIn('human-takeover', 'Incoming SMS Trigger').parameters;
		const [agent] = (agents as { agent: object[] }).agent;
		const owned = { agent: [{ ...agent, ownersPhones: phone }] };
		return { 'Incoming SMS Trigger': { ...trigger, agents: owned } };
	};

	it('is not published before a phone is filled in, and says which field lacks it', async () => {
		await expect(workflows.start('human-takeover')).rejects.toThrow(/Owner's Phones/);
	});

	it('has the owner answer by text, and the agent silent until it is let go on', async () => {
		const [owner, phone] = [workflows.somebody(), workflows.somebody()];
		await workflows.start('human-takeover', ownedBy(owner.number));
		expect(await phone.ask('I want to talk to a person')).toContain('a colleague');
		const { body } = await owner.waitForText(1);
		const number = /^(\d+):/.exec(body)?.[1] ?? '';
		await owner.text(`${number} Ana here, I will call you at five`);
		expect((await phone.waitForText(2)).body).toBe('Ana here, I will call you at five');
		await owner.waitForText(2);
		await phone.text('Great');
		await owner.waitForText(3);
		expect(phone.received()).toHaveLength(2);
		expect(await owner.ask(`release ${number}`)).toContain(phone.number);
		expect(await phone.ask('Hi, my name is Maria')).not.toBe('');
	});
});

describe('send-a-text-by-api and read-a-conversation-by-api', () => {
	const told = ({ body }: { body: string }) => JSON.parse(body) as Record<string, unknown>;
	const read = async (threadId: string) => {
		const url = new URL(`${fixture.n8n.url}/webhook/conversation`);
		url.searchParams.set('threadId', threadId);
		return await httpExchange(url.toString(), { headers: SECRET });
	};

	it('send a text for whoever knows the key, and give the conversation back', async () => {
		const phone = workflows.somebody();
		await workflows.start('send-a-text-by-api');
		const sent = await post('send-a-text', {
			to: phone.number,
			text: 'Your order is ready.',
			agent: 'Front Desk',
		});
		expect(sent.status).toBe(200);
		const message = told(sent);
		expect(message).toMatchObject({ event: 'sent', to: phone.number });
		expect((await phone.waitForText(1)).body).toBe('Your order is ready.');
		const guessed = await post('send-a-text', {}, { 'x-secret': 'guessed' });
		expect(guessed.status).toBe(403);
		const wrong = await post('send-a-text', { to: 'nobody', text: 'Hello' });
		expect(wrong.status).toBe(422);
		expect(told(wrong)['error']).toContain('To');

		await workflows.stop();
		await workflows.start('read-a-conversation-by-api');
		const threadId = String(message['threadId']);
		const conversation = await read(threadId);
		expect(conversation.status).toBe(200);
		expect(told(conversation)).toMatchObject({ contact: phone.number, mode: 'agent' });
		expect(conversation.body).toContain('Your order is ready.');
		const unknown = await read(threadId.replace('front-desk', 'nobody'));
		expect(unknown.status).toBe(404);
		expect(told(unknown)['error']).toContain('Thread');
	});
});

describe('two-way-ai-agent', () => {
	it('answers, and remembers what was said', async () => {
		await workflows.start('two-way-ai-agent');
		const phone = workflows.somebody();
		await phone.ask('Hi, my name is Maria');
		expect(await phone.ask('What is my name?')).toBe('Your name is Maria.');
	});
});

describe('text-during-a-call', () => {
	/** As a voice platform calls a function of its agent. */
	const call = ({ number }: ContactFixture, called?: string) => ({
		name: 'text_the_caller',
		call: {
			from_number: number,
			...(called && { to_number: called }),
			transcript_object: [
				{ role: 'agent', content: 'Bright Dental, how can I help?' },
				{ role: 'user', content: 'What do I pay for a cleaning? Please text it to me.' },
			],
		},
		args: { instructions: 'Text the price of a cleaning.', to: STRANGER, phone: STRANGER },
	});

	it('texts the caller, with the call in mind, tells the platform, and goes on by text', async () => {
		await workflows.start('text-during-a-call');
		const phone = workflows.somebody();
		const answer = await post('text-the-caller', call(phone));
		const sent = await phone.waitForText(1);
		expect(answer).toMatchObject({ status: 200, body: sent.body });
		expect(shownToModel()).toContain('What do I pay for a cleaning?');
		expect(shownToModel()).toContain('Text the price of a cleaning.');

		await phone.ask('Thanks, my name is Maria');
		expect(shownToModel()).toContain(sent.body);
		expect(await phone.ask('What is my name?')).toBe('Your name is Maria.');
		expect(textsTo(STRANGER)).toEqual([]);
	});

	it('texts from the number that was called', async () => {
		await workflows.start('text-during-a-call');
		for (const { phoneNumber } of fixture.numbers) {
			const phone = workflows.somebody();
			await post('text-the-caller', call(phone, phoneNumber));
			expect((await phone.waitForText(1)).from).toBe(phoneNumber);
		}
	});

	it('refuses whoever does not know the secret', async () => {
		await workflows.start('text-during-a-call');
		const phone = workflows.somebody();
		const answer = await post('text-the-caller', call(phone), { 'x-secret': 'guessed' });
		expect(answer.status).toBe(403);
		expect(phone.received()).toEqual([]);
	});

	it('sends nothing without a caller', async () => {
		await workflows.start('text-during-a-call');
		const before = fixture.twilio.messages().length;
		const answer = await post('text-the-caller', {
			call: { transcript_object: [] },
			args: { instructions: 'Text the price.', to: STRANGER },
		});
		expect(answer.status).toBe(500);
		expect(fixture.twilio.messages()).toHaveLength(before);
	});
});

describe('text-during-a-call-mcp', () => {
	const open = async (headers: Record<string, string>) =>
		await openMcpSession(`${fixture.n8n.url}/mcp/text-the-caller-mcp`, headers);
	const authorization = `Bearer ${TOKEN}`;

	it('texts the caller whom the platform names, whatever the model claims', async () => {
		await workflows.start('text-during-a-call-mcp');
		const phone = workflows.somebody();
		const called = fixture.numbers.at(-1)?.phoneNumber ?? '';
		const session = await open({
			authorization,
			'x-caller-number': phone.number,
			'x-called-number': called,
		});
		const [tool] = await session.tools();
		expect(Object.keys(tool?.inputSchema.properties ?? {})).toEqual(['Message']);

		const answer = await session.call('Send_SMS', {
			Message: 'A cleaning is $90.',
			To: STRANGER,
			to: STRANGER,
			headers: { 'x-caller-number': STRANGER },
			json: { headers: { 'x-caller-number': STRANGER } },
			allowedRecipients: 'anyone',
		});
		expect(answer).toContain('A cleaning is $90.');
		expect(await phone.waitForText(1)).toMatchObject({
			body: 'A cleaning is $90.',
			from: called,
		});
		await phone.ask('Thanks, my name is Maria');
		expect(shownToModel()).toContain('A cleaning is $90.');
		expect(textsTo(STRANGER)).toEqual([]);
	});

	it('sends nothing where the platform names no caller', async () => {
		await workflows.start('text-during-a-call-mcp');
		const before = fixture.twilio.messages().length;
		const session = await open({ authorization });
		const answer = await session.call('Send_SMS', {
			Message: 'You have won!',
			headers: { 'x-caller-number': STRANGER },
		});
		expect(answer).toContain('"isError":true');
		expect(answer).toContain('To: it is empty');
		expect(fixture.twilio.messages()).toHaveLength(before);
	});

	it('refuses whoever does not know the token', async () => {
		await workflows.start('text-during-a-call-mcp');
		await expect(open({ authorization: 'Bearer guessed' })).rejects.toThrow(/403/);
	});
});

describe('your-own-system', () => {
	let system: OwnSystem;

	beforeAll(async () => {
		system = await startOwnSystem();
	});
	afterAll(() => system.close());

	it('sends what the system answers, from the number that was texted', async () => {
		await workflows.start('your-own-system', { 'Your system': { url: system.url } });
		system.answer = ({ json }) => ({ text: `You wrote: ${json['body'] as string}` });
		const phone = workflows.somebody();
		expect(await phone.ask('Is my order ready?')).toBe('You wrote: Is my order ready?');
		expect(phone.received()[0]?.from).toBe(fixture.number.phoneNumber);
		expect(system.received[0]).toMatchObject({
			headers: SECRET,
			json: { contact: phone.number, newThread: true, messageSid: expect.any(String) },
		});

		await phone.ask('And now?');
		expect(system.received[1]?.json).toMatchObject({ newThread: false });
	});

	it('sends nothing where the system answers with an empty list', async () => {
		const { id } = await workflows.start('your-own-system', {
			'Your system': { url: system.url },
		});
		system.answer = () => [];
		const phone = workflows.somebody();
		await phone.text('Just so you know');
		expect(await fixture.client.endedExecutions(id, 1)).toMatchObject([{ status: 'success' }]);
		expect(phone.received()).toEqual([]);
	});
});

describe('tell-your-system', () => {
	it('passes a text on, signed, without an execution', async () => {
		const system = await startOwnSystem();
		try {
			const [agent] = agentsIn('tell-your-system');
			const workflow = await workflows.start('tell-your-system', {
				'Incoming SMS Trigger': {
					agents: { agent: [{ ...agent, webhookUrl: system.url }] },
				},
			});
			const phone = workflows.somebody();
			await phone.text('Hello');
			const told = await poll('the notification', () => system.received[0]);
			expect(told.json).toMatchObject({
				type: 'sms.received',
				data: { contact: phone.number, body: 'Hello' },
			});
			const headers = told.headers as Record<string, string>;
			expect(() => new Webhook(SIGNING_SECRET).verify(told.raw, headers)).not.toThrow();
			// By the time the next text has been passed on, a run of the first would be on the list.
			await phone.text('Hello again');
			await poll('the next notification', () => system.received[1]);
			await workflows.stop();
			expect(await fixture.client.executions(workflow.id)).toEqual([]);
		} finally {
			await system.close();
		}
	});
});

describe('many-brands', () => {
	it('answers each number as its brand, and keeps their threads apart', async () => {
		const numbers = fixture.numbers.map(({ phoneNumber }) => phoneNumber);
		const agents = agentsIn('many-brands').map((agent, index) => ({
			...agent,
			numbers: numbers[index] ?? '',
		}));
		await workflows.start('many-brands', {
			'Incoming SMS Trigger': { agents: { agent: agents } },
		});
		const [dental = '', plumbing = '', bakery = ''] = numbers;
		const phone = workflows.somebody();
		await phone.ask('My name is Maria', dental);
		expect(shownToModel()).toContain('You are Ava from Bright Dental');
		expect(await phone.ask('What is my name?', plumbing)).toContain("don't know");
		expect(shownToModel()).toContain('You are Bo from Quick Plumbing');
		expect(await phone.ask('What is my name?', bakery)).toContain("don't know");
		expect(await phone.ask('What is my name?', dental)).toContain('Maria');
		expect(phone.received().map(({ from }) => from)).toEqual([
			dental,
			plumbing,
			bakery,
			dental,
		]);
	});
});

describe('n8n-ai-agent', () => {
	it("texts what n8n's agent says, and its memory knows the contact", async () => {
		await workflows.start('n8n-ai-agent');
		const phone = workflows.somebody();
		await phone.ask('Hi, my name is Maria');
		expect(await phone.ask('What is my name?')).toBe('Your name is Maria.');
		expect(await workflows.somebody().ask('What is my name?')).toContain("don't know");
	});
});

describe('n8n-ai-agent-tool', () => {
	it('texts when the agent calls the tool, and only who wrote', async () => {
		await workflows.start('n8n-ai-agent-tool');
		const phone = workflows.somebody();
		const input = { Message: 'See you Friday, Maria!', To: STRANGER, to: STRANGER };
		expect(await phone.ask(`call tool Send_SMS with ${JSON.stringify(input)}`)).toBe(
			'See you Friday, Maria!',
		);
		expect(textsTo(STRANGER)).toEqual([]);
	});

	it('stays silent when the agent does not call it', async () => {
		const { id } = await workflows.start('n8n-ai-agent-tool');
		const phone = workflows.somebody();
		await phone.text('Thanks, bye');
		expect(await fixture.client.endedExecutions(id, 1)).toMatchObject([{ status: 'success' }]);
		expect(phone.received()).toEqual([]);
	});
});

describe('lead-follow-up', () => {
	it('texts each lead, and once more those alone who stay silent', async () => {
		// From 65 seconds on, n8n puts a waiting run into its database, as it does for a day.
		const { id } = await workflows.start('lead-follow-up', {
			'Wait a day': { amount: 66, unit: 'seconds' },
		});
		const [silent, answering, leaving] = [
			workflows.somebody(),
			workflows.somebody(),
			workflows.somebody(),
		];
		for (const phone of [silent, answering, leaving]) {
			const lead = { name: 'Maria', phone: phone.number };
			expect((await post('new-lead', lead)).status).toBe(200);
			await phone.waitForText(1);
			expect(shownToModel()).toContain('Their first name: Maria');
		}
		const [opener] = answering.received();
		await answering.ask('My name is Maria, and Monday would be fine');
		expect(shownToModel()).toContain(opener?.body);
		await leaving.text('STOP');

		// The run of an answer ends too, and never gets that far.
		let runs: StoredExecution[] = [];
		await poll(
			() =>
				`the second text of three leads; runs: ${runs.map(({ status }) => status).join()}`,
			async () => {
				runs = await fixture.client.executions(id);
				const reached = runs.filter((run) => itemsOf(run, 'Second text').length > 0);
				return (reached.length >= 3 && runs.every(hasEnded)) || undefined;
			},
			{ timeoutMs: 180_000, everyMs: 1_000 },
		);
		expect(runs.map(({ status }) => status)).toEqual(runs.map(() => 'success'));
		const outcomes = runs.flatMap((run) => itemsOf(run, 'Second text'));
		expect(outcomes.map(({ json }) => json['status']).sort()).toEqual([
			'accepted',
			'skipped',
			'skipped',
		]);
		const wordsTo = (phone: ContactFixture) =>
			phone
				.received()
				.map(({ body }) => body)
				.join();
		expect(wordsTo(silent)).toContain('Shall I find you a time this week?');
		expect(wordsTo(answering)).not.toContain('Shall I find you a time this week?');
		expect(wordsTo(leaving)).not.toContain('Shall I find you a time this week?');
	});
});
