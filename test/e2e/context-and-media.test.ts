import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { Webhook } from 'standardwebhooks';
import { itemsOf, type WorkflowDefinition } from '../../harness/n8n-client';
import { agentReplyIn, triggerIn, twoWayAgent } from '../../harness/two-way-agent';
import { inARow, type WithCredentials } from '../../harness/workflow-nodes';
import { openAiChatModel } from './support/acting-agent';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';
import { startOwnSystem, type OwnSystem } from './support/own-system';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const AGENTS = {
	agent: [
		{ name: 'Front Desk', smsPrompt: 'You greet {{first_name|our guest}}.' },
		{
			...{ name: 'Sales', smsPrompt: 'You sell to {{first_name|anybody}}.' },
			numbers: '+14155550999',
		},
	],
};
const PICTURE = { contentType: 'image/png', data: Buffer.from('not really a picture') };

let fixture: E2eFixture;
let crm: OwnSystem;
let account: WithCredentials;
let contacts = 0;

beforeAll(async () => {
	fixture = await openE2eFixture({ withService: true });
	crm = await startOwnSystem();
	const { accountSid, authToken } = fixture.account;
	const twilioMessagingApi = await fixture.addCredential('twilioMessagingApi', {
		...{ accountSid, authToken, apiBaseUrl: fixture.twilio.baseUrl },
		...{ messagingServiceSid: fixture.service?.sid, notifySigningSecret: SECRET },
	});
	account = { credentials: { ...fixture.credentials, twilioMessagingApi } };
});
beforeEach(() => {
	fixture.model.clear();
	fixture.model.rejectMedia = false;
	crm.received.length = 0;
	crm.answer = () => ({});
});
afterAll(async () => {
	await fixture?.close();
	await crm?.close();
});

/** Texts, and resolves with what came of the run: its item, and all that the contact has received. */
type TextIn = (
	body: string,
	media?: Array<typeof PICTURE>,
) => Promise<{ from: string; item: IDataObject | undefined; received: string[] }>;

/** Runs `work` while the workflow is published; it texts from a contact of its own. */
async function whilePublished<Result>(
	definition: WorkflowDefinition,
	work: (text: TextIn) => Promise<Result>,
): Promise<Result> {
	const { id } = await fixture.startWorkflow(definition);
	const from = `+1415559${String(++contacts).padStart(4, '0')}`;
	const run: TextIn = async (body, media = []) => {
		const execution = await fixture.client.executionAfter(id, async () => {
			const to = fixture.number.phoneNumber;
			await fixture.twilio.textFromContact({ from, to, body, media });
		});
		const [item] = itemsOf(execution, 'Agent Reply', 0);
		const received = fixture.twilio.messages({ to: from }).map((text) => text.body);
		return { from, item: item?.json, received };
	};
	try {
		return await work(run);
	} finally {
		await fixture.client.deactivate(id);
	}
}

const asking = (reply: INodeParameters = {}) =>
	twoWayAgent(account, {
		trigger: { agents: AGENTS, options: { askForContext: crm.url } },
		reply,
	});
const lastAsked = () => fixture.model.requests.at(-1)?.messages ?? [];

describe('Ask for Context, in a real n8n', () => {
	it('decides who answers, and what is known of the contact', async () => {
		await whilePublished(asking(), async (text) => {
			crm.answer = () => ({
				...{ agent: 'Sales', variables: { first_name: 'Maria' }, facts: { Plan: 'Gold' } },
			});
			const { from, item, received } = await text('Hello');
			expect(item).toMatchObject({
				threadId: `${fixture.account.accountSid}:sales:${from}`,
				...{ outcome: 'replied', contextVariables: { first_name: 'Maria' } },
				contextNote: null,
			});
			expect(received).toHaveLength(1);
			expect(lastAsked()[0]?.text).toContain('You sell to Maria.');
			expect(lastAsked()[0]?.text).toContain('Plan: Gold');
			const [{ raw, headers } = { raw: '', headers: {} }] = crm.received;
			expect(
				new Webhook(SECRET).verify(raw, headers as Record<string, string>),
			).toMatchObject({
				type: 'sms.context',
				data: { contact: from, body: 'Hello', agent: { name: 'Front Desk' } },
			});

			crm.answer = () => ({});
			await text('And again');
			expect(JSON.parse(crm.received[1]?.raw ?? '')).toMatchObject({
				data: { known: { facts: { Plan: 'Gold' } } },
			});
		});
	});

	it('rejects a text, and loses none over an answer that is no use', async () => {
		await whilePublished(asking(), async (text) => {
			const from = `+1415559${String(++contacts).padStart(4, '0')}`;
			crm.answer = () => ({ reject: { reason: 'Not one of ours' } });
			await fixture.twilio.textFromContact({
				...{ from, to: fixture.number.phoneNumber, body: 'Buy this' },
			});
			while (crm.received.length === 0) await new Promise((later) => setTimeout(later, 20));
			crm.answer = () => ({ fact: { Plan: 'Gold' } });
			const { item, received } = await text('Hello');
			expect(item).toMatchObject({ outcome: 'replied', contextVariables: {} });
			expect(item?.['contextNote']).toContain('fields that there are not (fact)');
			expect(received).toHaveLength(1);
			expect(fixture.twilio.messages({ to: from })).toEqual([]);
			expect(fixture.model.requests).toHaveLength(1);
		});
	});
});

describe('Let the AI See and Hear, in a real n8n', () => {
	it('gives the picture to the model, and the words alone to one that refuses', async () => {
		const agent = twoWayAgent(account, { reply: { options: { senses: 'pictures' } } });
		await whilePublished(agent, async (text) => {
			const seen = await text('What is this?', [PICTURE]);
			expect(seen.item).toMatchObject({ mediaShown: { pictures: 1, notes: [] } });
			expect(lastAsked().at(-1)?.media).toEqual(['image/png']);

			fixture.model.rejectMedia = true;
			const blind = await text('And this?', [PICTURE]);
			expect(blind.item).toMatchObject({ outcome: 'replied', mediaShown: { pictures: 0 } });
			expect(lastAsked().flatMap(({ media }) => media)).toEqual([]);
			expect(blind.received).toHaveLength(2);
		});
	});

	it('does the same with a connected Chat Model', async () => {
		const openAi = await fixture.addCredential('openAiApi', {
			...{ apiKey: 'emulated-key', url: fixture.model.apiUrl },
		});
		const chatModel = openAiChatModel(openAi);
		const options = { senses: 'picturesAndVoice' };
		const connected: WorkflowDefinition = {
			name: 'A connected model that sees',
			nodes: [
				triggerIn(account),
				agentReplyIn(account, { modelSource: 'chatModel', options }),
				chatModel,
			],
			connections: {
				...inARow('Incoming SMS Trigger', 'Agent Reply'),
				[chatModel.name]: {
					ai_languageModel: [
						[{ node: 'Agent Reply', type: 'ai_languageModel', index: 0 }],
					],
				},
			},
		};
		const voice = { contentType: 'audio/mpeg', data: Buffer.from('not really a voice') };
		await whilePublished(connected, async (text) => {
			const { item } = await text('What is this?', [PICTURE, voice]);
			expect(item).toMatchObject({
				...{ outcome: 'replied', mediaShown: { pictures: 1, voiceNotes: 1, notes: [] } },
			});
			expect(lastAsked().at(-1)?.media).toEqual(['image/png', 'audio/mp3']);

			fixture.model.rejectMedia = true;
			const blind = await text('And this?', [PICTURE]);
			expect(blind.item).toMatchObject({ outcome: 'replied', mediaShown: { pictures: 0 } });
			expect(lastAsked().flatMap(({ media }) => media)).toEqual([]);
			expect(blind.received).toHaveLength(2);
		});
	});
});
