import { describe, expect, it } from '@jest/globals';
import {
	freshSigningAccount,
	keptSigningAccount,
	mayReadAgain,
} from '../../../../nodes/shared/n8n/credentials/signing-account.singleton';
import { FakeClock } from '../../../support/fake-clock';
import { ManualClock } from '../../../support/manual-clock';

const account = (token: string) => ({
	accountSid: 'AC1',
	authTokens: [token],
	notifySigningSecret: '',
	callReportSecret: '',
	keywordsAnsweredBy: 'twilio' as const,
	stored: {},
	readAt: 0,
});
const reader = (...tokens: string[]) => {
	let reads = 0;
	return { read: async () => await Promise.resolve(account(tokens[reads++] ?? 'too often')) };
};

describe('the account of a credential', () => {
	it('is read once a minute', async () => {
		const clock = new ManualClock();
		const { read } = reader('one', 'two');
		const token = async () => (await keptSigningAccount('a', read, clock)).authTokens[0];
		expect([await token(), await token()]).toEqual(['one', 'one']);
		clock.setBy(-3_600_000);
		await clock.advance(60_000);
		expect(await token()).toBe('two');
	});

	it('is kept by credential', async () => {
		const clock = new ManualClock();
		await keptSigningAccount('b', reader('b').read, clock);
		expect(await keptSigningAccount('c', reader('c').read, clock)).toEqual(account('c'));
	});

	it('is read once for all that ask at the same time', async () => {
		const clock = new ManualClock();
		const { read } = reader('one', 'two');
		const asked = Array.from({ length: 5 }, () => freshSigningAccount('d', read, clock));
		expect(new Set((await Promise.all(asked)).map(({ authTokens }) => authTokens[0]))).toEqual(
			new Set(['one']),
		);
		expect(await keptSigningAccount('d', read, clock)).toEqual(account('one'));
	});

	it('is not kept where it could not be read', async () => {
		const clock = new ManualClock();
		await keptSigningAccount('e', reader('one').read, clock);
		const failing = async () => await Promise.reject(new Error('no credential'));
		await expect(freshSigningAccount('e', failing, clock)).rejects.toThrow('no credential');
		expect(await keptSigningAccount('e', reader('two').read, clock)).toEqual(account('two'));
	});
});

describe('a signature that does not match', () => {
	it('has the credential read again at once, but not more than once a second by a forger', () => {
		const clock = new FakeClock();
		const asked = (times: number) =>
			Array.from({ length: times }, () => mayReadAgain('forged', clock)).filter(Boolean);
		expect(asked(100)).toHaveLength(5);
		clock.advance(999);
		expect(asked(10)).toHaveLength(0);
		clock.advance(1);
		expect(asked(10)).toHaveLength(1);
		expect(mayReadAgain('another credential', clock)).toBe(true);
		clock.advance(60 * 60_000);
		expect(asked(10)).toHaveLength(5);
	});
});
