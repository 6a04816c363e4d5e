import { describe, expect, it } from '@jest/globals';
import type { IHttpRequestOptions } from 'n8n-workflow';
import { NoAnswerError } from '../../../../nodes/shared/http/http-client';
import { n8nHttpClient } from '../../../../nodes/shared/n8n/host/n8n-http-client';

const request = {
	method: 'POST',
	url: 'http://127.0.0.1:1/secret?token=x',
	timeoutMs: 5_000,
} as const;

describe('n8nHttpClient', () => {
	it('asks n8n for the whole answer, whatever its status', async () => {
		const asked: IHttpRequestOptions[] = [];
		const http = n8nHttpClient(async (options) => {
			asked.push(options);
			return await Promise.resolve({
				statusCode: 404,
				headers: { 'Content-Type': 'text/plain' },
				body: 'gone',
			});
		});
		const body = new URLSearchParams([
			['A', '1'],
			['A', '2'],
		]);
		expect(await http({ ...request, body })).toEqual({
			status: 404,
			headers: { 'content-type': 'text/plain' },
			body: 'gone',
		});
		expect(asked[0]).toMatchObject({
			returnFullResponse: true,
			ignoreHttpStatusErrors: true,
			timeout: 5_000,
			body,
		});
	});

	it.each([
		['ECONNREFUSED', true],
		['ENOTFOUND', true],
		['ETIMEDOUT', false],
		['ECONNRESET', false],
		['ECONNABORTED', false],
	])('tells from %s whether the request can have arrived', async (code, neverSent) => {
		const cause = Object.assign(new Error('socket'), { code });
		const wrapped = Object.assign(new Error('The service refused the connection'), { cause });
		const http = n8nHttpClient(async () => await Promise.reject(wrapped));
		const failure: unknown = await http(request).catch((error: unknown) => error);
		expect(failure).toBeInstanceOf(NoAnswerError);
		expect(failure).toMatchObject({ code, neverSent, host: '127.0.0.1:1' });
		expect((failure as Error).message).not.toContain('secret');
	});

	it('treats a failure it cannot read as one whose request may have arrived', async () => {
		const http = n8nHttpClient(async () => await Promise.reject(new Error('odd')));
		expect(await http(request).catch((error: unknown) => error)).toMatchObject({
			neverSent: false,
		});
	});

	it('passes on why it was stopped', async () => {
		const abort = AbortSignal.abort(new Error('cancelled'));
		const http = n8nHttpClient(async () => await Promise.reject(new Error('aborted')));
		await expect(http({ ...request, signal: abort })).rejects.toThrow('cancelled');
	});
});
