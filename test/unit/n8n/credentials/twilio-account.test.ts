import { expect, it } from '@jest/globals';
import { twilioAccountOf } from '../../../../nodes/shared/n8n/credentials/twilio-account';

const BASE = { accountSid: `AC${'0'.repeat(32)}`, authToken: 'f'.repeat(32) };

const accountOf = async (fields: object) => {
	const context = { getCredentials: async () => ({ ...BASE, ...fields }) };
	return await twilioAccountOf(context as unknown as Parameters<typeof twilioAccountOf>[0]);
};

it('says who answers keywords and whether Twilio is told, also of a credential from before', async () => {
	expect(await accountOf({})).toMatchObject({ answersKeywords: 'twilio', tellConsents: false });
	const consentsBaseUrl = 'https://consents.example.com';
	expect(
		await accountOf({ keywordsAnsweredBy: 'us', tellConsents: true, consentsBaseUrl }),
	).toMatchObject({ answersKeywords: 'us', tellConsents: true, consentsBaseUrl });
});

it('looks at the address for consents only where Twilio is told', async () => {
	const wrong = { consentsBaseUrl: 'accounts.twilio.com' };
	expect(await accountOf(wrong)).not.toHaveProperty('consentsBaseUrl');
	await expect(accountOf({ ...wrong, tellConsents: true })).rejects.toThrow(
		/^Consents API Base URL: "accounts.twilio.com" is not a web address/,
	);
});

it.each([
	['of letters and digits', '0123456789abcdef0123456789abcdef'],
	['with a dot in it', '0123456789abcdef0123456789abcdef.A1b2C3d4E5f6G7h8'],
])('shows no secret that was typed in the place of an address: %s', async (_what, apiBaseUrl) => {
	await expect(accountOf({ apiBaseUrl })).rejects.toThrow(
		/^API Base URL: it is not a web address/,
	);
});
