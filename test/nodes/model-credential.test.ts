import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type {
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	ILoadOptionsFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';
import { OpenAiCompatibleApi } from '../../credentials/OpenAiCompatibleApi.credentials';
import { searchModels } from '../../nodes/shared/n8n/models/search-models';
import { testModelCredential } from '../../nodes/shared/n8n/models/test-model-credential';
import { selfSignedCertificate } from '../support/self-signed-certificate';
import { inNode } from './support/in-node';

const KEY = 'sk-of-the-builder';

let plain: Server;
let secure: Server;
let folder: string;
let answer: { status: number; body?: string; headers?: Record<string, string> };
let keys: Array<string | undefined> = [];

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'model-credential-'));
	const { pem, keyFile } = selfSignedCertificate(folder, 'IP:127.0.0.1');
	plain = createServer(({ headers }, response) => {
		keys.push(headers.authorization);
		response.writeHead(answer.status, answer.headers).end(answer.body);
	});
	secure = createSecureServer({ cert: pem, key: readFileSync(keyFile) }, (_, response) => {
		response.end();
	});
	for (const server of [plain, secure]) await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => {
	for (const server of [plain, secure]) {
		server.closeAllConnections();
		server.close();
	}
	rmSync(folder, { recursive: true });
});

const hostOf = (server: Server) => `127.0.0.1:${(server.address() as AddressInfo).port}`;

async function verdictOn(baseUrl: string, apiKey = KEY): Promise<INodeCredentialTestResult> {
	return await inNode(
		{},
		[],
		async ({ helpers }) =>
			await testModelCredential.call(
				{ helpers } as unknown as ICredentialTestFunctions,
				{ data: { apiKey, baseUrl } } as unknown as ICredentialsDecrypted,
			),
	);
}

const LIST = { status: 200, body: '{"data":[{"id":"small"}]}' };

describe("the model credential's test", () => {
	it('is content with a list of models, with a key and without', async () => {
		answer = LIST;
		keys = [];
		expect(await verdictOn(`http://${hostOf(plain)}/v1/`)).toMatchObject({ status: 'OK' });
		expect(await verdictOn(`http://${hostOf(plain)}/v1`, ' ')).toMatchObject({ status: 'OK' });
		expect(keys).toEqual([`Bearer ${KEY}`, undefined]);
	});

	it.each<[string, typeof answer, RegExp]>([
		['a wrong key', { status: 401, body: KEY }, /^The provider refused this API key\. Copy/],
		['a key that may not', { status: 403 }, /may not list models\. Give the key/],
		['another address', { status: 404 }, /^There is no model list at this Base URL/],
		['a web site', { status: 200, body: '<html>Hi</html>' }, /^There is no model list at/],
		['no credit', { status: 429 }, /no credit left\. Check its billing page/],
		[
			'what it does not know',
			{ status: 418, body: KEY },
			/HTTP status 418\. Check the Base URL/,
		],
		[
			'an outage',
			{ status: 503, body: KEY },
			/failed on its side \(HTTP 503\)\. Try again in a moment/,
		],
		[
			'a server that sends elsewhere',
			{ status: 301, headers: { location: 'https://a.example' } },
			/sent the request elsewhere \(HTTP 301\)\. Put the address it leads to into Base URL/,
		],
	])('says in a sentence what is wrong: %s', async (_, given, sentence) => {
		answer = given;
		const { status, message } = await verdictOn(`http://${hostOf(plain)}/v1`);
		expect(status).toBe('Error');
		expect(message).toMatch(sentence);
		expect(message).not.toContain(KEY);
	});

	it.each<[string, () => string, RegExp]>([
		[
			'no web address',
			() => 'api.openai.com/v1',
			/^Base URL: "api\.openai\.com\/v1" is not a web/,
		],
		['none at all', () => '', /^Base URL: it is empty/],
		[
			'a name that no machine has',
			() => 'https://nobody.invalid/v1',
			/^nobody\.invalid did not answer .*no machine has the name in it\. Look for a typing/,
		],
		[
			'a port where nothing listens',
			() => 'http://127.0.0.1:1/v1',
			/^127\.0\.0\.1:1 did not answer .*nothing listens at its host and port\. Start/,
		],
		[
			'a certificate that nobody signed',
			() => `https://${hostOf(secure)}/v1`,
			/did not answer .*does not trust the certificate there\. Use the name/,
		],
		[
			'a server without encryption',
			() => `https://${hostOf(plain)}/v1`,
			/did not answer .*does not speak https there\. A local one often needs http:/,
		],
	])('says in a sentence where nobody answers: %s', async (_, baseUrl, sentence) => {
		const { status, message } = await verdictOn(baseUrl());
		expect(status).toBe('Error');
		expect(message).toMatch(sentence);
	});
});

describe('the list under Model', () => {
	/** As the editor asks for it, with what stands in the field. */
	const listed = async (chosen: string, filter?: string) => {
		const openAiCompatibleApi = { apiKey: KEY, baseUrl: `http://${hostOf(plain)}/v1` };
		const given: Record<string, string> = {
			modelSource: 'openAiCompatible',
			'model.value': chosen,
		};
		return await inNode(
			{ openAiCompatibleApi },
			[new OpenAiCompatibleApi()],
			async (context) => {
				const editor = Object.assign(Object.create(context), {
					getCurrentNodeParameter: (name: string) => given[name],
				}) as ILoadOptionsFunctions;
				return (await searchModels.call(editor, filter)).results;
			},
		);
	};

	it('is what the provider lists, whatever is chosen', async () => {
		answer = LIST;
		expect(await listed('large')).toEqual([{ name: 'small', value: 'small' }]);
	});

	it('has the chosen model where no list comes, and why, which nobody can choose', async () => {
		answer = { status: 401, body: KEY };
		const why = expect.stringMatching(/^No list: .*refused the API key/);
		expect(await listed('large')).toEqual([
			{ name: 'large', value: 'large' },
			{ name: why, value: false },
		]);
		await expect(listed('')).rejects.toThrow('refused the API key');
		await expect(listed('large', 'sm')).rejects.toThrow('refused the API key');
	});
});
