import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { clientFile, runNewClient, workflowPath } from '../../support/run-new-client';
import { selfSignedCertificate } from '../../support/self-signed-certificate';

const CLIENT = {
	name: 'Client',
	accountSid: `AC${'1'.repeat(32)}`,
	authToken: 'token-of-the-client',
	number: '+14155550100',
	prompt: 'You are Ava.',
	modelApiKey: 'key-of-the-model',
};

let folder: string;

beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), 'sms-agent-new-client-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** `content` as one client's file, with the two-way workflow. */
async function run(content: unknown = CLIENT, url = 'http://127.0.0.1:9', args: string[] = []) {
	const files = [clientFile(folder, 'client', content), workflowPath('two-way-ai-agent')];
	return await runNewClient([...files, ...args], { url, key: 'key-of-n8n' });
}

/** Something that listens where n8n is looked for. */
async function answeredBy(listener: RequestListener, certificate?: { key: string; cert: string }) {
	const server = certificate
		? createHttpsServer(certificate, listener)
		: createHttpServer(listener);
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	const close = async () => {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	};
	return { port, close };
}

describe("the resellers' script says why n8n does not answer", () => {
	it.each([
		['an address that nobody has', 'https://n8n.invalid', 'cannot be found'],
		['a port where nothing listens', 'http://127.0.0.1:2', 'nothing listens there'],
		['no address', 'n8n.example.com', 'N8N_URL is no address'],
	])('%s', async (_, url, words) => {
		const { failed, output } = await run(CLIENT, url);
		expect({ failed, output }).toEqual({
			failed: true,
			output: expect.stringContaining(words) as unknown,
		});
		expect(output).not.toContain('fetch failed');
	});

	it('a certificate that is not trusted, and HTTPS where there is none', async () => {
		const { keyFile, pem } = selfSignedCertificate(folder, 'IP:127.0.0.1');
		const certificate = { key: readFileSync(keyFile, 'utf8'), cert: pem };
		const secure = await answeredBy((_, response) => response.end(), certificate);
		const plain = await answeredBy((_, response) => response.end());
		try {
			const untrusted = await run(CLIENT, `https://127.0.0.1:${secure.port}`);
			expect(untrusted.output).toContain('a certificate that your computer does not trust');
			const noTls = await run(CLIENT, `https://127.0.0.1:${plain.port}`);
			expect(noTls.output).toContain('speaks no HTTPS there');
			const tlsOnly = await run(CLIENT, `http://127.0.0.1:${secure.port}`);
			expect(tlsOnly.output).toContain('write https://');
		} finally {
			await secure.close();
			await plain.close();
		}
	});

	it.each([
		[302, { location: 'https://new.example.com/' }, '', 'leads on to https://new.example.com/'],
		[200, {}, '<html>', "is not n8n's API"],
		[401, {}, '{"message":"unauthorized"}', 'wrong, deleted or expired'],
		[403, {}, '{"message":"Forbidden"}', 'with all scopes'],
	])('an answer of %s', async (status, headers, body, words) => {
		const server = await answeredBy((_, response) =>
			response.writeHead(status, headers).end(body),
		);
		try {
			const { output } = await run(CLIENT, `http://127.0.0.1:${server.port}`);
			expect(output).toContain(words);
		} finally {
			await server.close();
		}
	});
});

describe("the resellers' script refuses a file, and names the field", () => {
	it.each([
		['a number without country code', { number: '4155550100' }, 'write 4155550100 with +'],
		[
			'a phone without country code',
			{ forwardTo: '4155550100' },
			'client.json, Client, forwardTo',
		],
		['an owner without country code', { ownerPhone: '4155550100' }, 'ownerPhone: write'],
		['a field that it does not know', { promt: 'You are Ava.' }, 'does not know: promt'],
		[
			'a store that there is not',
			{ keepConversationsIn: 'MySQL' },
			'one of Automatic, This Workflow',
		],
		['a server that is not said', { keepConversationsIn: 'redis' }, 'lacks: store'],
		['no prompt', { prompt: '' }, 'lacks: prompt'],
	])('%s', async (_, fields, words) => {
		const { failed, output } = await run({ ...CLIENT, ...fields });
		expect({ failed, output }).toEqual({
			failed: true,
			output: expect.stringContaining(words) as unknown,
		});
	});

	it('two clients with one number, however it is written', async () => {
		const { output } = await run([
			CLIENT,
			{ ...CLIENT, name: 'Other', number: '+1 415 555-0100' },
		]);
		expect(output).toContain('Two clients have the number +14155550100');
	});

	it('that is not JSON, without quoting what stands in it', async () => {
		const file = join(folder, 'broken.json');
		writeFileSync(file, '{\n"authToken": "token-of-the-client" x\n}');
		const { output } = await runNewClient([file, workflowPath('two-way-ai-agent')], {
			url: 'http://127.0.0.1:9',
			key: 'key-of-n8n',
		});
		expect(output).toContain('is not JSON');
		expect(output).not.toContain('token-of');
	});
});
