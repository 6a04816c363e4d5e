import { describe, expect, it } from '@jest/globals';
import { NoAnswerError } from '../../../../nodes/shared/http/http-client';
import { checkCredential } from '../../../../nodes/shared/twilio/api/check-credential';
import { scriptedHttp } from '../../../support/scripted-http';

const FIELDS = {
	accountSid: `AC${'0'.repeat(32)}`,
	authToken: 'f'.repeat(32),
	messagingServiceSid: '',
	apiBaseUrl: '',
};
const TOKEN = 'd41d8cd98f00b204e9800998ecf8427e';
const SERVICE = `MG${'1'.repeat(32)}`;
const ACTIVE = { body: '{"status":"active"}' };
const refusal = (status: number, code: number) => ({
	status,
	body: JSON.stringify({ code, message: 'Authenticate', status }),
});

describe('checkCredential', () => {
	it('asks the account alone where there is no Messaging Service SID', async () => {
		const http = scriptedHttp(ACTIVE);
		expect(await checkCredential(FIELDS, http.client)).toMatchObject({ works: true });
		expect(http.requests.map(({ url }) => url)).toEqual([
			`https://api.twilio.com/2010-04-01/Accounts/${FIELDS.accountSid}.json`,
		]);
	});

	it('asks for the Messaging Service at its own host', async () => {
		const http = scriptedHttp(ACTIVE, { body: '{}' });
		const fields = { ...FIELDS, messagingServiceSid: SERVICE };
		expect(await checkCredential(fields, http.client)).toMatchObject({ works: true });
		expect(http.requests[1]?.url).toBe(`https://messaging.twilio.com/v1/Services/${SERVICE}`);
	});

	it.each([
		['an empty Account SID', { accountSid: '' }, /^Account SID: it is empty/],
		[
			"a Messaging Service's SID for the account's",
			{ accountSid: SERVICE },
			/^Account SID: it has to start with AC, and this one starts with "MG"/,
		],
		[
			'an Account SID that is cut off',
			{ accountSid: 'AC1234' },
			/^Account SID: it has 6 characters; AC and 32 more/,
		],
		[
			'an Account SID with other letters',
			{ accountSid: `AC${'z'.repeat(32)}` },
			/^Account SID: after AC, only the digits 0-9 and the letters a-f/,
		],
		[
			'an API key',
			{ accountSid: `SK${'0'.repeat(32)}` },
			/^Account SID: this is the SID of an API key/,
		],
		[
			"the two in each other's place",
			{ accountSid: TOKEN, authToken: FIELDS.accountSid },
			/^Account SID: this is the Auth Token, and the Account SID stands in Auth Token\. Swap/,
		],
		[
			'a token for the Account SID',
			{ accountSid: TOKEN },
			/^Account SID: this looks like an Auth Token/,
		],
		[
			'the Account SID for the token',
			{ authToken: FIELDS.accountSid },
			/^Auth Token: this is an Account SID/,
		],
		[
			'an API key for the token',
			{ authToken: `SK${'0'.repeat(32)}` },
			/^Auth Token: this is the SID of an API key/,
		],
		['an empty Auth Token', { authToken: '' }, /^Auth Token: it is empty/],
		[
			'a number for the Messaging Service SID',
			{ messagingServiceSid: '+14155550100' },
			/^Messaging Service SID: it has to start with MG/,
		],
		[
			'a base URL without a scheme',
			{ apiBaseUrl: 'api.twilio.com' },
			/^API Base URL: it is not/,
		],
	])('refuses %s before anybody is asked', async (_what, fields, message) => {
		const http = scriptedHttp();
		const verdict = await checkCredential({ ...FIELDS, ...fields }, http.client);
		expect(verdict).toEqual({
			works: false,
			message: expect.stringMatching(message),
		});
		expect(verdict.message).not.toContain(TOKEN.slice(0, 3));
		expect(http.requests).toEqual([]);
	});

	it.each([
		['a wrong SID or token', refusal(401, 20003), /^We couldn't verify those credentials/],
		['an account that does not exist', refusal(404, 20404), /^We couldn't verify those/],
		['a suspended account', { body: '{"status":"suspended"}' }, /account is suspended/],
		['a closed account', { body: '{"status":"closed"}' }, /account is closed/],
		['an account that is not active', refusal(401, 20005), /account is not active/],
		["Twilio's test credentials", refusal(403, 20008), /test credentials/],
		['too many requests', refusal(429, 20429), /could not answer just now \(HTTP status 429\)/],
		['a failure of Twilio', { status: 503, body: 'oops' }, /just now \(HTTP status 503\)/],
		[
			'no answer',
			new NoAnswerError('api.twilio.com', 'ENOTFOUND'),
			/^Twilio could not be reached: api.twilio.com did not answer \(ENOTFOUND\)/,
		],
	])('tells of %s', async (_what, answer, message) => {
		const { works, ...said } = await checkCredential(FIELDS, scriptedHttp(answer).client);
		expect(works).toBe(false);
		expect(said.message).toMatch(message);
		expect(said.message).not.toContain(FIELDS.authToken);
	});

	it('tells of a token that is the secret of an API key, once Twilio has refused it', async () => {
		const fields = { ...FIELDS, authToken: 'kP3vX9sTq2LmZ8wRb7NcY4hGd6JfU1aE' };
		const right = await checkCredential(fields, scriptedHttp(ACTIVE).client);
		expect(right.works).toBe(true);
		const { message } = await checkCredential(fields, scriptedHttp(refusal(401, 20003)).client);
		expect(message).toMatch(/^Auth Token: Twilio refused it, and it looks like the secret/);
	});

	it('tells of a Messaging Service that the account does not have', async () => {
		const http = scriptedHttp(ACTIVE, refusal(404, 20404));
		const fields = { ...FIELDS, messagingServiceSid: SERVICE };
		expect(await checkCredential(fields, http.client)).toEqual({
			works: false,
			message: expect.stringMatching(
				/^That Messaging Service SID wasn't found on the account/,
			),
		});
	});
});
