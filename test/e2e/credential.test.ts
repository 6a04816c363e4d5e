import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { claimPort } from '../../harness/claim-port';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

const TYPE = 'twilioMessagingApi';

describe("the credential's test", () => {
	let fixture: E2eFixture;

	beforeAll(async () => {
		fixture = await openE2eFixture({ withService: true });
	});

	afterAll(async () => {
		await fixture.close();
	});

	const right = () => ({
		accountSid: fixture.account.accountSid,
		authToken: fixture.account.authToken,
		messagingServiceSid: fixture.service?.sid ?? '',
		apiBaseUrl: fixture.twilio.baseUrl,
	});
	const verdict = async (fields: Partial<ReturnType<typeof right>>) =>
		await fixture.client.testCredential({
			name: 'tested',
			type: TYPE,
			data: { ...right(), ...fields },
		});

	it('is content with what is right, with and without a Messaging Service', async () => {
		expect(await verdict({})).toMatchObject({ status: 'OK' });
		expect(await verdict({ messagingServiceSid: '' })).toMatchObject({ status: 'OK' });
	});

	it('is content with blanks that copying brought along', async () => {
		const { accountSid, authToken } = right();
		const fields = { accountSid: ` ${accountSid}\n`, authToken: `${authToken} ` };
		expect(await verdict(fields)).toMatchObject({ status: 'OK' });
	});

	it.each([
		['Account SID', { accountSid: 'AC123' }],
		['Account SID', { accountSid: `SK${'0'.repeat(32)}` }],
		['Auth Token', { authToken: '' }],
		['Messaging Service SID', { messagingServiceSid: 'MG123' }],
		['API Base URL', { apiBaseUrl: 'twilio' }],
	])('names the field that is malformed: %s (%j), and asks nobody', async (field, fields) => {
		const before = fixture.twilio.requests.length;
		const { status, message } = await verdict(fields);
		expect(status).toBe('Error');
		expect(message).toMatch(new RegExp(`^${field}: `));
		expect(fixture.twilio.requests).toHaveLength(before);
	});

	it.each([
		['a wrong token', { authToken: 'f'.repeat(32) }],
		['an Account SID that is not there', { accountSid: `AC${'9'.repeat(32)}` }],
	])("can't verify %s, and does not repeat the token", async (_what, fields) => {
		const { status, message } = await verdict(fields);
		expect(status).toBe('Error');
		expect(message).toMatch(/^We couldn't verify those credentials\. Copy the Account SID/);
		expect(message).not.toContain(fixture.account.authToken);
		expect(message).not.toContain('ffff');
	});

	it('tells a Messaging Service that is not on the account', async () => {
		const other = fixture.twilio.addAccount();
		const service = fixture.twilio.addService(other.accountSid);
		const { status, message } = await verdict({ messagingServiceSid: service.sid });
		expect(status).toBe('Error');
		expect(message).toMatch(/^That Messaging Service SID wasn't found on the account/);
	});

	it.each(['suspended', 'closed'] as const)('tells an account that is %s', async (state) => {
		const { accountSid, authToken } = fixture.twilio.addAccount({ status: state });
		const { status, message } = await verdict({
			accountSid,
			authToken,
			messagingServiceSid: '',
		});
		expect(status).toBe('Error');
		expect(message).toMatch(/account is not active: it is suspended, closed or out of funds/);
	});

	it('tells that Twilio cannot be reached', async () => {
		const { status, message } = await verdict({
			apiBaseUrl: `http://127.0.0.1:${await claimPort()}`,
		});
		expect(status).toBe('Error');
		expect(message).toMatch(/^Twilio could not be reached: 127\.0\.0\.1:\d+ did not answer/);
		expect(message).toContain('proxy');
	});

	it('tells that Twilio has a problem of its own', async () => {
		fixture.twilio.faults.next({ kind: '503' });
		const { message } = await verdict({});
		expect(message).toMatch(/^Twilio could not answer just now \(HTTP status 503\)/);
	});

	it("cannot be given to n8n's HTTP Request node, which could send the token anywhere", async () => {
		const curious = fixture.addWorkflow({
			name: 'Curious',
			nodes: [
				{
					id: 'ask',
					name: 'Ask',
					type: 'n8n-nodes-base.httpRequest',
					typeVersion: 4.2,
					position: [0, 0],
					parameters: {
						url: `${fixture.twilio.baseUrl}/anywhere`,
						authentication: 'predefinedCredentialType',
						nodeCredentialType: TYPE,
					},
					credentials: { [TYPE]: fixture.credentials[TYPE] },
				},
			],
			connections: {},
		});
		await expect(curious).rejects.toThrow(`cannot use credential type "${TYPE}"`);
	});
});
