import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { OpenAiCompatibleApi } from '../../credentials/OpenAiCompatibleApi.credentials';
import { TwilioMessagingApi } from '../../credentials/TwilioMessagingApi.credentials';
import { AgentReply } from '../../nodes/AgentReply/AgentReply.node';
import type { Media } from '../../nodes/shared/messaging/message';
import { storedMessage } from '../support/stored-message';
import { runNode } from './support/run-node';
import { CONTACT, openSendSmsBench, OURS, type SendSmsBench } from './support/send-sms-bench';

const PICTURE = Buffer.from('not really a picture');
const VOICE = Buffer.from('not really a voice');

let bench: SendSmsBench;

beforeAll(async () => {
	bench = await openSendSmsBench();
});
beforeEach(() => {
	bench.reset();
	bench.model.rejectMedia = false;
});
afterAll(() => bench.close());

/** Media as Twilio keeps them, of a text that has come in. */
async function atTwilio(...media: Array<{ contentType: string; data: Buffer }>): Promise<Media[]> {
	const { twilio, accountSid } = bench;
	const { messageSid } = await twilio.textFromContact({
		from: CONTACT,
		to: OURS,
		body: '',
		media,
	});
	const record = twilio.messages({}).find(({ sid }) => sid === messageSid);
	const base = `${twilio.baseUrl}/2010-04-01/Accounts/${accountSid}/Messages/${messageSid}/Media`;
	return (record?.media ?? []).map(({ sid, contentType }) => ({
		url: `${base}/${sid}`,
		contentType,
	}));
}

const picture = async () => await atTwilio({ contentType: 'image/jpeg', data: PICTURE });

/** The turn of one text with these media. */
function text(media: Media[], body = 'Can you fix this?'): IDataObject {
	const message = storedMessage(body, { sender: OURS, media, at: new Date().toISOString() });
	const { messageSid } = message;
	return bench.incoming({
		...{ body, media, messages: [message], messageSid, messageSids: [messageSid] },
	});
}

async function run(
	item: IDataObject,
	senses: string,
	parameters: INodeParameters = {},
	staticData = {},
) {
	const done = await runNode({
		node: new AgentReply(),
		items: [item],
		parameters: {
			model: { __rl: true, mode: 'id', value: 'emulated-small' },
			options: { senses },
			...parameters,
		},
		credentialTypes: [new OpenAiCompatibleApi(), new TwilioMessagingApi()],
		credentials: bench.credentials,
		workflowId: `workflow-${expect.getState().currentTestName}`,
		staticData,
	});
	expect(done.error).toBeUndefined();
	return { ...done, json: done.outputs.flat()[0]?.json };
}

const fetched = () => bench.twilio.requests.filter(({ path }) => path.includes('/Media/'));
const lastAsked = () => bench.model.requests.at(-1);

describe('Agent Reply that lets the AI see and hear', () => {
	it("gives the model the turn's picture and voice note, fetched with the account's authentication", async () => {
		const media = await atTwilio(
			{ contentType: 'image/jpeg', data: PICTURE },
			{ contentType: 'audio/mpeg', data: VOICE },
		);
		const { json } = await run(text(media), 'picturesAndVoice');
		expect(json).toMatchObject({
			outcome: 'replied',
			mediaShown: { pictures: 1, voiceNotes: 1, notes: [] },
		});
		const { messages } = lastAsked()?.raw as { messages: Array<{ content: unknown }> };
		expect(messages.at(-1)?.content).toEqual([
			{
				type: 'text',
				text: expect.stringContaining('Can you fix this? [attached: image/jpeg]'),
			},
			{
				type: 'image_url',
				image_url: { url: `data:image/jpeg;base64,${PICTURE.toString('base64')}` },
			},
			{ type: 'input_audio', input_audio: { data: VOICE.toString('base64'), format: 'mp3' } },
		]);
		expect(lastAsked()?.messages[0]?.text).toContain('you can look at or listen to');
		expect(JSON.stringify(json)).not.toContain(PICTURE.toString('base64'));
	});

	it('asks with the words alone where the model refuses, once, and says so', async () => {
		bench.model.rejectMedia = true;
		const { json } = await run(text(await picture()), 'pictures');
		expect(json).toMatchObject({
			outcome: 'replied',
			mediaShown: {
				...{ pictures: 0, voiceNotes: 0 },
				notes: [
					expect.stringMatching(/words alone: .*does not support image or audio input/),
				],
			},
		});
		expect(lastAsked()?.messages.at(-1)?.media).toEqual([]);
		expect(bench.texts()).toHaveLength(1);
	});

	it('keeps to words in the history', async () => {
		const staticData = {};
		await run(text(await picture()), 'pictures', {}, staticData);
		await run(text([], 'Thanks'), 'pictures', {}, staticData);
		expect(lastAsked()?.messages.flatMap(({ media }) => media)).toEqual([]);
		expect(lastAsked()?.messages[1]?.text).toContain('[attached: image/jpeg]');
	});

	it.each(['off', undefined as unknown as string])(
		'fetches nothing where it is %s',
		async (senses) => {
			const media = await picture();
			const before = fetched().length;
			const { json } = await run(text(media), senses);
			expect(fetched()).toHaveLength(before);
			expect(json).not.toHaveProperty('mediaShown');
			expect(lastAsked()?.messages[0]?.text).toContain('You cannot open attachments.');
			expect(lastAsked()?.messages.at(-1)?.text).toContain('[attached: image/jpeg]');
		},
	);

	it.each([
		['of another server', () => `${bench.model.baseUrl}/v1/models`],
		[
			'of another account',
			() =>
				`${bench.twilio.baseUrl}/2010-04-01/Accounts/AC${'9'.repeat(32)}/Messages/MM1/Media/ME1`,
		],
		[
			'beside the messages',
			() =>
				`${bench.twilio.baseUrl}/2010-04-01/Accounts/${bench.accountSid}/Messages/../Balance.json`,
		],
		['that is none', () => 'nonsense'],
	])('asks for no address %s that an item names', async (_, url) => {
		const asked = bench.twilio.requests.length;
		const { json } = await run(text([{ url: url(), contentType: 'image/png' }]), 'pictures');
		const why = "its address is not one of your account's messages at Twilio";
		expect(json).toMatchObject({
			outcome: 'replied',
			mediaShown: { pictures: 0, notes: [`image/png: ${why}`] },
		});
		expect(lastAsked()?.messages.at(-1)?.text).toContain(
			`[attached: image/png, not shown: ${why}]`,
		);
		const since = bench.twilio.requests.slice(asked);
		expect(since.filter(({ method }) => method === 'GET')).toEqual([]);
	});
});
