import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';
import { isApi } from '../../nodes/shared/n8n/host/fetch-media';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { listenWebhook, type ListeningWebhook } from './support/call-webhook';
import { signedCall, textForm } from './support/signed-text';
import { openTriggerBench, type TriggerBench } from './support/trigger-bench';

const PICTURE = Buffer.from('not really a picture');

let bench: TriggerBench;
let webhook: ListeningWebhook | undefined;
/** Stands for both: the API, which wants authentication, and the store it redirects to. */
let media: Server;
let asked: Array<{ path: string | undefined; authorization: string | undefined; host: string }>;

beforeEach(async () => {
	bench = await openTriggerBench();
	asked = [];
	media = createServer((request, response) => {
		const { url: path, headers } = request;
		asked.push({ path, authorization: headers.authorization, host: headers.host ?? '' });
		if (path === '/moved') response.writeHead(307, { location: '/picture' }).end();
		else if (path === '/away')
			response.writeHead(307, { location: `http://localhost:${port()}/picture` }).end();
		else if (path === '/circle') response.writeHead(307, { location: '/circle' }).end();
		else if (path === '/late' && asked.filter((one) => one.path === path).length < 3)
			response.writeHead(404).end();
		else if (path === '/picture' || path === '/late') response.end(PICTURE);
		else response.writeHead(404).end();
	}).listen(0, '127.0.0.1');
	await once(media, 'listening');
});

afterEach(async () => {
	await webhook?.close();
	media.closeAllConnections();
	media.close();
	await bench.close();
});

const port = () => (media.address() as AddressInfo).port;

async function receive(
	paths: string[],
	options: INodeParameters = {},
	apiBaseUrl = `http://127.0.0.1:${port()}`,
	contentType = 'image/jpeg',
): Promise<INodeExecutionData> {
	webhook = await listenWebhook(
		bench.setup(
			{ options: { downloadMedia: true, ...options } },
			{ credential: { apiBaseUrl } },
		),
	);
	const form = textForm(bench.account.accountSid, {
		Body: '',
		NumMedia: String(paths.length),
		...Object.fromEntries(
			paths.flatMap((path, index) => [
				[`MediaUrl${index}`, `http://127.0.0.1:${port()}${path}`],
				[`MediaContentType${index}`, contentType],
			]),
		),
	});
	const answer = await webhook.call(signedCall(webhook.url, bench.account.authToken, form));
	expect(answer.status).toBe(200);
	const [[item] = []] = answer.result?.workflowData ?? [];
	if (item === undefined) throw new Error('the text was lost');
	return item;
}

/** Without the question when the text came. */
const filesAsked = () => asked.filter(({ path }) => path?.endsWith('.json') === false);

describe('media of a text', () => {
	it('come as binary data', async () => {
		const { json, binary } = await receive(['/picture', '/moved']);
		expect(json['media']).toEqual([
			expect.objectContaining({ binaryProperty: 'media_0' }),
			expect.objectContaining({ binaryProperty: 'media_1' }),
		]);
		expect(binary?.['media_1']).toMatchObject({
			mimeType: 'image/jpeg',
			fileName: 'media_1.jpg',
		});
		expect(Buffer.from(binary?.['media_0']?.data ?? '', 'base64')).toEqual(PICTURE);
	});

	it("are asked for with the account's credentials at its API, and without at any other place", async () => {
		await receive(['/away']);
		const basic = Buffer.from(`${bench.account.accountSid}:${bench.account.authToken}`);
		expect(filesAsked()).toEqual([
			expect.objectContaining({
				path: '/away',
				authorization: `Basic ${basic.toString('base64')}`,
			}),
			expect.objectContaining({ path: '/picture', authorization: undefined }),
		]);
		asked = [];
		await webhook?.close();
		await receive(['/picture'], {}, 'https://api.twilio.com');
		expect(filesAsked()).toEqual([expect.objectContaining({ authorization: undefined })]);
	});

	it.each([
		['image/jpeg', 'jpg'],
		['image/png', 'png'],
		['image/svg+xml', 'svg'],
		['image/heic', 'heic'],
		['audio/mpeg', 'mp3'],
		['audio/amr', 'amr'],
		['audio/ogg; codecs=opus', 'ogg'],
		['video/quicktime', 'mov'],
		['video/3gpp', '3gp'],
		['text/vcard', 'vcf'],
		['text/x-vcard', 'vcf'],
		['TEXT/X-VCARD; charset=utf-8', 'vcf'],
		['text/calendar', 'ics'],
		['text/plain', 'txt'],
		['text/csv', 'csv'],
		['application/pdf', 'pdf'],
		['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'docx'],
		['application/msword', 'doc'],
		['application/vnd.apple.pkpass', 'pkpass'],
		['application/octet-stream', 'bin'],
		['image/x-new', 'new'],
		['nonsense', 'bin'],
	])('of type %s are called .%s', async (contentType, extension) => {
		const { binary } = await receive(['/picture'], {}, undefined, contentType);
		expect(binary?.['media_0']?.fileName).toBe(`media_0.${extension}`);
	});

	it('that are not there yet are asked for again after one second and after three', async () => {
		const sleep = jest.spyOn(systemClock, 'sleep').mockResolvedValue();
		const { json, binary } = await receive(['/late']);
		expect(sleep.mock.calls.map(([ms]) => ms)).toEqual([1_000, 3_000]);
		expect(json['media']).toEqual([expect.objectContaining({ binaryProperty: 'media_0' })]);
		expect(Buffer.from(binary?.['media_0']?.data ?? '', 'base64')).toEqual(PICTURE);
	});

	it.each([
		['/gone', {}, /^127\.0\.0\.1:\d+ answered with HTTP status 404$/],
		['/circle', {}, /redirected too often$/],
		['/picture', { maxMediaMb: 0.00001 }, /^The file is larger than 0.00001 MB$/],
	])(
		'that cannot be had (%s, %j) are told of, and the text comes through',
		async (path, options, error) => {
			jest.spyOn(systemClock, 'sleep').mockResolvedValue();
			const { json, binary } = await receive([path], options);
			expect(json['media']).toEqual([
				expect.objectContaining({
					error: expect.stringMatching(error) as unknown as string,
				}),
			]);
			expect(binary).toBeUndefined();
		},
	);

	it('come through where the credential is unusable for asking', async () => {
		const { json } = await receive(['/picture'], {}, 'nonsense');
		expect(json['media']).toEqual([
			expect.objectContaining({ error: expect.any(String) as unknown as string }),
		]);
	});

	it('stay where they are unless asked for', async () => {
		const { json } = await receive(['/picture'], { downloadMedia: false });
		expect(filesAsked()).toEqual([]);
		expect(json['media']).toEqual([
			{ url: `http://127.0.0.1:${port()}/picture`, contentType: 'image/jpeg' },
		]);
	});
});

describe('the API that gets the credentials', () => {
	it.each([
		['https://api.twilio.com/x', 'https://api.twilio.com', true],
		['https://api.twilio.com/x', 'https://api.dublin.ie1.twilio.com', true],
		['http://api.twilio.com/x', 'https://api.twilio.com', false],
		['https://api.twilio.com.evil.example/x', 'https://api.twilio.com', false],
		['https://mms.twiliocdn.com/x', 'https://api.twilio.com', false],
		['https://api.twilio.com/x', 'https://texts.example.com', false],
		['https://texts.example.com/x', 'https://texts.example.com', true],
		['http://texts.example.com/x', 'https://texts.example.com', false],
		['http://127.0.0.1:1/x', 'http://127.0.0.1:2', false],
	])('%s of %s: %j', (target, apiBaseUrl, expected) => {
		expect(isApi(new URL(target), apiBaseUrl)).toBe(expected);
	});
});
