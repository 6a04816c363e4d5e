import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient } from './support/api-client';
import { startTwilioEmulator, type TwilioEmulator } from '../../emulator/twilio-emulator';

let twilio: TwilioEmulator;

beforeAll(async () => {
	twilio = await startTwilioEmulator();
});
afterAll(() => twilio.close());

const probe = async (account: { accountSid: string; authToken: string }) => {
	const api = new ApiClient(twilio.baseUrl, account);
	return await api.get(api.under('Messages.json?PageSize=1'));
};

describe('authentication', () => {
	it('refuses a wrong SID, a wrong token and no credentials with 401 and 20003', async () => {
		const account = twilio.addAccount();
		expect((await probe(account)).status).toBe(200);
		const wrongToken = await probe({ ...account, authToken: 'wrong' });
		expect(wrongToken).toMatchObject({ status: 401, json: { code: 20003 } });
		const wrongSid = await probe({ ...account, accountSid: `AC${'0'.repeat(32)}` });
		expect(wrongSid).toMatchObject({ status: 401, json: { code: 20003 } });
		const bare = await fetch(
			`${twilio.baseUrl}/2010-04-01/Accounts/${account.accountSid}.json`,
		);
		expect(bare.status).toBe(401);
	});

	it("does not open one account with another one's token", async () => {
		const [mine, theirs] = [twilio.addAccount(), twilio.addAccount()];
		const api = new ApiClient(twilio.baseUrl, mine);
		const reply = await api.get(`/2010-04-01/Accounts/${theirs.accountSid}/Messages.json`);
		expect(reply).toMatchObject({ status: 401, json: { code: 20003 } });
	});

	it('takes the secondary token beside the primary one, and alone once it is promoted', async () => {
		const account = twilio.addAccount({ authToken: 'first', secondaryAuthToken: 'second' });
		const { accountSid } = account;
		expect((await probe({ accountSid, authToken: 'second' })).status).toBe(200);
		twilio.promoteSecondaryToken(accountSid);
		expect((await probe({ accountSid, authToken: 'second' })).status).toBe(200);
		expect((await probe({ accountSid, authToken: 'first' })).status).toBe(401);
	});

	it.each(['suspended', 'closed'] as const)('refuses a %s account with 20005', async (status) => {
		const reply = await probe(twilio.addAccount({ status }));
		expect(reply).toMatchObject({ status: 401, json: { code: 20005 } });
	});

	it('logs who asked for what, and never the token', async () => {
		const account = twilio.addAccount({ authToken: 'a-very-secret-token' });
		await probe(account);
		expect(twilio.requests.at(-1)).toMatchObject({
			method: 'GET',
			path: `/2010-04-01/Accounts/${account.accountSid}/Messages.json`,
			query: { PageSize: '1' },
			authUser: account.accountSid,
			status: 200,
		});
		expect(JSON.stringify(twilio.requests)).not.toContain('a-very-secret-token');
	});
});

describe('Services and numbers', () => {
	it('answers 404 with 20404 for what is not there, and 21705 for a malformed Service SID', async () => {
		const api = new ApiClient(twilio.baseUrl, twilio.addAccount());
		const unknown = await api.get(`/v1/Services/MG${'0'.repeat(32)}`);
		expect(unknown).toMatchObject({ status: 404, json: { code: 20404 } });
		expect((await api.get('/v1/Services/MG12')).json).toMatchObject({ code: 21705 });
		expect((await api.get('/v1/Nothing')).json).toMatchObject({ code: 20404 });
		const number = await api.get(api.under(`IncomingPhoneNumbers/PN${'0'.repeat(32)}.json`));
		expect(number).toMatchObject({ status: 404, json: { code: 20404 } });
	});

	it('keeps a number in one Service at most', async () => {
		const account = twilio.addAccount();
		const number = twilio.addNumber(account.accountSid, { phoneNumber: '+14155550133' });
		const first = twilio.addService(account.accountSid);
		const second = twilio.addService(account.accountSid);
		const api = new ApiClient(twilio.baseUrl, account);
		const join = (sid: string) =>
			api.post(`/v1/Services/${sid}/PhoneNumbers`, { PhoneNumberSid: number.sid });
		expect((await join(first.sid)).status).toBe(201);
		expect((await join(first.sid)).json).toMatchObject({ code: 21710 });
		expect((await join(second.sid)).json).toMatchObject({ code: 21712 });
		const path = `/v1/Services/${first.sid}/PhoneNumbers/${number.sid}`;
		expect((await api.delete(path)).status).toBe(204);
		expect((await join(second.sid)).status).toBe(201);
	});
});
