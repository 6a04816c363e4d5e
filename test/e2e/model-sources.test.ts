import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { IDataObject, INode, INodeParameters } from 'n8n-workflow';
import type { Responder } from '../../emulator/model/completion';
import { httpExchange } from '../../harness/http-exchange';
import { itemsOf, type WorkflowDefinition } from '../../harness/n8n-client';
import { poll } from '../../harness/poll';
import { agentReplyIn, keeping, triggerIn } from '../../harness/two-way-agent';
import { inARow, nodeIn, type WithCredentials } from '../../harness/workflow-nodes';
import { openAiChatModel } from './support/acting-agent';
import { contactFixture, type ContactFixture } from './support/contact-fixture';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';
import { startOwnSystem, type OwnSystem } from './support/own-system';
import { remembering } from './support/remembering';
import { webhookNode } from './support/webhook-node';

/** Both know the form of an answer from words alone; each keeps its conversations in another place. */
const WAYS = [
	{ model: 'a connected Chat Model', connected: true, place: 'a file', threadStore: 'embedded' },
	{
		...{ model: 'a provider that refuses a schema', connected: false },
		...{ place: 'the workflow', threadStore: 'staticData' },
	},
] as const;
type Way = (typeof WAYS)[number];

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const FIRST_TEXT = "I'm an AI assistant of Bright Dental. Reply STOP to opt out.";
const STILL_THERE = 'Are you still there?';
const TASK = {
	name: 'Visit',
	instructions: 'Find a day for the visit.',
	opening: 'When may we come by?',
};
const MEMORY = {
	memoryDispositions: 'booked, not interested',
	memoryFacts: { fact: [{ name: 'Preferred day' }] },
	memoryHours: 0,
};
const SUMMARY = 'Asked for Friday.';
const TOLD = { summary: SUMMARY, disposition: 'booked', facts: { 'Preferred day': 'Friday' } };

const tells = remembering({
	...{ summary: SUMMARY, disposition: 'booked' },
	facts: { preferred_day: 'Friday' },
});

/** Passes invoices on, ends the task with a day, and tells of a conversation that has ended. */
const answers: Responder = (request) => {
	const { messages } = request;
	const instructions = messages[0]?.text ?? '';
	const asked = messages.at(-1)?.text ?? '';
	const told = tells(request);
	if (told !== undefined) return told;
	if (/invoice/.test(asked)) {
		return /"to"/.test(instructions)
			? { kind: 'transfer', to: 'Billing', reply: null, reason: 'An invoice' }
			: 'It was sent on Monday.';
	}
	if (!instructions.includes(TASK.instructions)) return undefined;
	const isDone = /Friday/.test(asked) && /"taskDone"/.test(instructions);
	const reply = isDone ? 'See you on Friday.' : 'Which day, then?';
	return { kind: 'reply', reply, reason: null, taskDone: isDone };
};

let fixture: E2eFixture;
let account: WithCredentials;
let crm: OwnSystem;
let chatModel: INode;
let contacts = 0;

beforeAll(async () => {
	fixture = await openE2eFixture({ withService: true, numbers: 2 });
	fixture.model.respond = answers;
	fixture.model.rejectResponseFormat = true;
	crm = await startOwnSystem();
	crm.answer = () => ({ variables: { first_name: 'Maria' }, facts: { Plan: 'Gold' } });
	const { accountSid, authToken } = fixture.account;
	const twilioMessagingApi = await fixture.addCredential('twilioMessagingApi', {
		...{ accountSid, authToken, apiBaseUrl: fixture.twilio.baseUrl },
		...{ messagingServiceSid: fixture.service?.sid, notifySigningSecret: SECRET },
	});
	account = { credentials: { ...fixture.credentials, twilioMessagingApi } };
	const openAi = { apiKey: 'emulated-key', url: fixture.model.apiUrl };
	chatModel = openAiChatModel(await fixture.addCredential('openAiApi', openAi));
});
afterAll(async () => {
	await fixture?.close();
	await crm?.close();
});

/** The agents, and beside them what another program starts: a text with a task, and a closing. */
function workflowWith({ connected, threadStore }: Way, paths: Paths): WorkflowDefinition {
	const [desk, bookings] = fixture.numbers.map(({ phoneNumber }) => phoneNumber);
	const agent = [
		{
			...{ name: 'Front Desk', numbers: desk ?? '', mayPassTo: 'Billing' },
			smsPrompt: 'You are Ava from Bright Dental. You greet {{first_name|our guest}}.',
			...{ firstText: FIRST_TEXT, tasks: { task: [TASK] } },
		},
		{ name: 'Bookings', smsPrompt: 'You are Cy.', numbers: bookings ?? '' },
		{ name: 'Billing', smsPrompt: 'You know invoices.' },
	];
	const options = { askForContext: crm.url };
	const trigger = triggerIn(account, { agents: { agent }, separateOutputs: true, options });
	// The second asks who is silent for some four seconds, and closes some seven seconds later.
	const idle = { idleText: STILL_THERE, idleTextHours: 0.001, idleCloseHours: 0.002 };
	const replies = [MEMORY, { ...MEMORY, ...idle }].map((given, index) => ({
		...agentReplyIn(account, {
			...{ options: given, modelSource: connected ? 'chatModel' : 'openAiCompatible' },
		}),
		...{ id: `reply-${index}`, name: REPLIES[index] ?? '' },
	}));
	const send: INodeParameters = {
		...{ mode: 'raw', to: '={{ $json.query.of }}', agentId: 'Front Desk', body: '' },
		options: { task: TASK.name },
	};
	const close = {
		...{ resource: 'thread', operation: 'close' },
		thread: { __rl: true, mode: 'id', value: '={{ $json.query.of }}' },
	};
	const ours = [
		...[trigger, ...replies],
		nodeIn(account, { type: 'sendSms', name: 'Send SMS', parameters: send }),
		nodeIn(account, { type: 'smsAgent', name: 'SMS Agent', parameters: close }),
	];
	const to = (...names: string[]) =>
		names.map((node) => ({ node, type: 'main' as const, index: 0 }));
	const below = REPLIES.map((node) => ({ node, type: 'ai_languageModel' as const, index: 0 }));
	return {
		name: 'Agents with all they can do',
		nodes: [
			...ours.map((node) => keeping(node, { parameters: { threadStore } })),
			webhookNode('Text', paths.text, { responseMode: 'lastNode' }),
			webhookNode('Close', paths.close, { responseMode: 'lastNode' }),
			...(connected ? [chatModel] : []),
		],
		connections: {
			[trigger.name]: { main: [[], [], to(DESK), to(BOOKINGS), to(DESK)] },
			...inARow('Text', 'Send SMS'),
			...inARow('Close', 'SMS Agent'),
			...(connected ? { [chatModel.name]: { ai_languageModel: [below] } } : {}),
		},
	};
}
interface Paths {
	text: string;
	close: string;
}
const [DESK, BOOKINGS] = ['Reply of the desk', 'Reply of bookings'];
const REPLIES = [DESK, BOOKINGS];

describe.each(WAYS)('an agent with $model, conversations kept in $place', (way) => {
	let workflowId: string;
	const paths = { text: `text-${randomUUID()}`, close: `close-${randomUUID()}` };

	beforeAll(async () => {
		({ id: workflowId } = await fixture.startWorkflow(workflowWith(way, paths)));
	});
	afterAll(async () => await fixture.client.deactivate(workflowId));

	const newContact = () =>
		contactFixture(fixture, `+1415559${String(++contacts).padStart(4, '0')}`);
	const threadOf = ({ number }: ContactFixture) =>
		`${fixture.account.accountSid}:front-desk:${number}`;
	const instructions = () => fixture.model.requests.at(-1)?.messages[0]?.text ?? '';

	async function have(what: keyof Paths, of: string): Promise<IDataObject> {
		const query = new URLSearchParams({ of }).toString();
		const { status, body } = await httpExchange(
			`${fixture.n8n.url}/webhook/${paths[what]}?${query}`,
		);
		if (status !== 200) throw new Error(body);
		return JSON.parse(body) as IDataObject;
	}

	/** An item of an Agent Reply about a contact, now or later. */
	const itemAbout = async ({ number }: ContactFixture, wanted: IDataObject) =>
		await poll(`an item about ${number} with ${JSON.stringify(wanted)}`, async () =>
			(await fixture.client.executions(workflowId))
				.flatMap((run) =>
					REPLIES.flatMap((name) =>
						[0, 2].flatMap((output) => itemsOf(run, name, output)),
					),
				)
				.map(({ json }) => json)
				.find(
					(json) =>
						json['contact'] === number &&
						Object.entries(wanted).every(([name, value]) => json[name] === value),
				),
		);

	it('says at first whose assistant it is, and its model is told the rules and who is texting', async () => {
		const maria = newContact();
		expect(await maria.ask('Hi, are you a bot?')).toMatch(
			/^I'm an automated assistant of Bright Dental\..*\n.*Reply STOP to opt out\.$/,
		);
		expect(instructions()).toContain(
			'Who asks whether a person or a machine is writing gets a plain answer',
		);
		expect(instructions()).toContain('You greet Maria.');
		expect(instructions()).toContain('Plan: Gold');
		expect(await maria.ask('What is my name?')).not.toContain('STOP');
	});

	it('passes a contact on, whom the other agent answers from then on', async () => {
		const bo = newContact();
		expect(await bo.ask('Where is my invoice?')).toContain('It was sent on Monday.');
		expect(await itemAbout(bo, { passedBecause: 'An invoice' })).toMatchObject({
			passedTo: { id: 'billing', name: 'Billing' },
		});
		await bo.ask('Thanks');
		expect(instructions()).toContain('Name: Billing');
		expect(bo.received()).toHaveLength(2);
	});

	it('does a task until an answer says that it is done', async () => {
		const cy = newContact();
		expect(await have('text', cy.number)).toMatchObject({ task: 'Visit' });
		expect((await cy.waitForText(1)).body).toBe(`${TASK.opening}\n${FIRST_TEXT}`);
		expect(await cy.ask('Soon')).toBe('Which day, then?');
		expect(await cy.ask('Friday')).toBe('See you on Friday.');
		await itemAbout(cy, { task: 'Visit', taskDone: false });
		await itemAbout(cy, { task: 'Visit', taskDone: true });
		await cy.ask('Thanks');
		expect(instructions()).not.toContain(TASK.instructions);
	});

	it('remembers a conversation that is closed, and knows it the next time', async () => {
		const eve = newContact();
		await eve.ask('Do you have time on Friday?');
		expect(await have('close', threadOf(eve))).toMatchObject({ isRemembered: true });
		expect(await itemAbout(eve, { endedBy: 'closing' })).toMatchObject({
			...{ outcome: 'noReply', reasonCode: 'remembered', ...TOLD },
		});
		await eve.ask('Hello again');
		expect(instructions()).toContain(`Summary of earlier conversations: ${SUMMARY}`);
		expect(instructions()).toContain('Preferred day: Friday');
		expect(eve.received()).toHaveLength(2);
	});

	it('asks a silent contact once whether they are still there, then closes and remembers', async () => {
		const zoe = newContact();
		await zoe.ask('Do you have time on Friday?', fixture.numbers[1]?.phoneNumber);
		expect((await zoe.waitForText(2)).body).toBe(STILL_THERE);
		expect(await itemAbout(zoe, { reasonCode: 'idleText' })).toMatchObject({
			idleText: { body: STILL_THERE, repeated: false },
		});
		expect(await itemAbout(zoe, { reasonCode: 'remembered' })).toMatchObject({
			...{ endedBy: 'closing', ...TOLD },
		});
		expect(zoe.received()).toHaveLength(2);
	});
});
