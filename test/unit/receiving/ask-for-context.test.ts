import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import {
	NoAnswerError,
	type HttpClient,
	type HttpRequest,
} from '../../../nodes/shared/http/http-client';
import { askForContext } from '../../../nodes/shared/receiving/ask-for-context';
import { FakeClock } from '../../support/fake-clock';

const SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
const question = {
	url: 'https://crm.example.com/context?key=hidden',
	id: 'SM1-front-desk-context',
	payload: { type: 'sms.context', data: { body: 'Hi' } },
	secret: SECRET,
};

async function asked(body: string, { status = 200, secret = SECRET } = {}) {
	const requests: HttpRequest[] = [];
	const http: HttpClient = async (request) => {
		requests.push(request);
		return await Promise.resolve({ status, headers: {}, body });
	};
	const outcome = await askForContext({ ...question, secret }, { http, clock: new FakeClock() });
	return { outcome, requests };
}

const NOTHING = { variables: {}, facts: {}, metadata: {} };

describe('asking for context', () => {
	it('is signed, has ten seconds, and takes what it knows', async () => {
		const { outcome, requests } = await asked(
			JSON.stringify({
				agent: ' Sales ',
				variables: { plan: 'Gold', seats: 3, vip: true, old: null },
				facts: { Birthday: '1 May' },
				metadata: { order: '17' },
				reject: null,
			}),
		);
		expect(outcome).toEqual({
			kind: 'answered',
			answer: {
				agent: 'Sales',
				variables: { plan: 'Gold', seats: '3', vip: 'true', old: '' },
				facts: { Birthday: '1 May' },
				metadata: { order: '17' },
			},
		});
		const [request] = requests;
		expect(request).toMatchObject({ method: 'POST', url: question.url, timeoutMs: 10_000 });
		const headers = request?.headers as Record<string, string>;
		expect(headers['webhook-id']).toBe(question.id);
		const [, signature] = (headers['webhook-signature'] ?? '').split(',');
		const at = new Date(Number(headers['webhook-timestamp']) * 1_000);
		const body = String(request?.body);
		const expected = new Webhook(SECRET).sign(question.id, at, body).split(',')[1];
		expect(signature).toBe(expected);
	});

	it.each(['', '{}', ' \n', '{"agent":null,"facts":null}'])(
		'lets the run go on where the answer says nothing (%j)',
		async (body) => {
			expect((await asked(body)).outcome).toEqual({ kind: 'answered', answer: NOTHING });
		},
	);

	it.each([
		['<html>', 'it is not JSON'],
		['[]', 'it is not an object'],
		['"yes"', 'it is not an object'],
		['{"agent":7}', 'agent is not the name of an agent'],
		['{"variables":["x"]}', 'variables is not an object of names and values'],
		[
			'{"variables":{"plan":{"a":1}}}',
			'variables.plan is not a text, a number, true, false or null',
		],
		[`{"facts":{"note":"${'x'.repeat(2_001)}"}}`, 'facts.note is longer than 2000 characters'],
		[
			JSON.stringify({
				facts: Object.fromEntries(Array.from({ length: 101 }, (_, at) => [at, 'x'])),
			}),
			'facts has more than 100 entries',
		],
		[
			'{"metadata":{"":"x"}}',
			'metadata has a name that is empty or longer than 100 characters',
		],
		['{"reject":true}', 'reject is not an object with a reason'],
		['{"reject":{}}', 'reject.reason is not a text'],
		['{"reject":{"reason":" "}}', 'reject.reason is empty'],
		[
			'{"variable":{"plan":"Gold"}}',
			'it has fields that there are not (variable); there are agent, variables, facts, metadata, reject',
		],
	])('makes no use of %s, and names the field and the cause', async (body, cause) => {
		expect((await asked(body)).outcome).toEqual({
			kind: 'failed',
			reason: `crm.example.com gave an answer that cannot be used: ${cause}`,
		});
	});

	it.each([
		[{ status: 500 }, 'crm.example.com answered with HTTP status 500'],
		[
			{ status: 307 },
			'crm.example.com answered with a redirect (HTTP 307); enter the final address',
		],
		[{ secret: '' }, expect.stringContaining('Notify Signing Secret: it is empty')],
	])('says why there is no answer (%j)', async (change, reason) => {
		const { outcome } = await asked('{}', change);
		expect(outcome).toEqual({ kind: 'failed', reason });
	});

	it.each([
		[new NoAnswerError('crm.example.com', 'ETIMEDOUT'), 'did not answer within 10 seconds'],
		[new NoAnswerError('crm.example.com', 'ECONNREFUSED'), 'did not answer (ECONNREFUSED)'],
		[
			NoAnswerError.tooLarge('crm.example.com', 256_000),
			'sent an answer of more than 0.256 MB',
		],
	])('survives %s', async (error, says) => {
		const http: HttpClient = async () => await Promise.reject(error);
		const outcome = await askForContext(question, { http, clock: new FakeClock() });
		expect(outcome.kind === 'failed' && outcome.reason).toContain(`crm.example.com ${says}`);
		expect(JSON.stringify(outcome)).not.toContain('hidden');
	});
});
