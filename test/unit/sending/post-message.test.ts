import { beforeEach, describe, expect, it } from '@jest/globals';
import { postMessage } from '../../../nodes/shared/sending/post-message';
import type { SendServices } from '../../../nodes/shared/sending/outbound-draft';
import { NoAnswerError } from '../../../nodes/shared/http/http-client';
import { twilioClient } from '../../../nodes/shared/twilio/api/twilio-client';
import { FakeClock } from '../../support/fake-clock';
import { memoryThreadStore } from '../../support/memory-thread-store';
import { openRateGates } from '../../support/open-rate-gates';
import { scriptedHttp } from '../../support/scripted-http';

const account = { accountSid: `AC${'0'.repeat(32)}`, apiBaseUrl: 'https://api.twilio.com' };
const message = { to: '+14155550123', from: '+15550001000', body: 'Hello' };
const accepted = { status: 201, body: '{"sid":"SM1","status":"queued"}' };
const tooMany = (retryAfter: string) => ({
	status: 429,
	headers: { 'retry-after': retryAfter },
	body: '{"code":20429,"message":"Too many requests","status":429}',
});
const unreachable = (code: string) => new NoAnswerError('api.twilio.com', code);

beforeEach(openRateGates);

function desk(...script: Parameters<typeof scriptedHttp>) {
	const http = scriptedHttp(...script);
	const clock = new FakeClock();
	const deps: SendServices = {
		twilio: twilioClient(account, http.client),
		store: memoryThreadStore(clock),
		clock,
		random: () => 0.5,
	};
	return { deps, clock, http };
}

const nothing = async () => undefined;

describe('postMessage', () => {
	it('waits as long as Twilio asks', async () => {
		const { deps, clock } = desk(tooMany('7'), tooMany('0'), accepted);
		expect(await postMessage(deps, message, nothing)).toMatchObject({ kind: 'accepted' });
		expect(clock.sleeps).toEqual([7000, 1000]);
	});

	it('waits a second at most at first, then twice as long each time, up to ten', async () => {
		const { deps, clock, http } = desk(...Array.from({ length: 6 }, () => tooMany('0')));
		deps.random = () => 1;
		await expect(postMessage(deps, message, nothing)).rejects.toMatchObject({ code: 20429 });
		expect(clock.sleeps).toEqual([1000, 2000, 4000, 8000, 10_000]);
		expect(http.requests).toHaveLength(6);
	});

	it('gives up when Twilio asks for more than half a minute', async () => {
		const { deps, clock } = desk(tooMany('31'), accepted);
		await expect(postMessage(deps, message, nothing)).rejects.toMatchObject({ code: 20429 });
		expect(clock.sleeps).toEqual([]);
	});

	it.each(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'])(
		'tries again after %s, where no byte was sent',
		async (code) => {
			const { deps } = desk(unreachable(code), unreachable(code), accepted);
			expect(await postMessage(deps, message, nothing)).toMatchObject({ kind: 'accepted' });
		},
	);

	it.each([
		['a time-out', unreachable('ETIMEDOUT')],
		['a reset', unreachable('ECONNRESET')],
		['a server fault', { status: 500, body: '{"code":20500,"message":"x","status":500}' }],
		['a gateway in between', { status: 502, body: '<html>Bad gateway</html>' }],
		['a redirect', { status: 302, headers: { location: 'https://elsewhere' } }],
		['an answer nobody can read', { status: 201, body: '<html>' }],
		['an error of an unknown kind', new Error('something')],
	])('never repeats after %s', async (_what, outcome) => {
		const { deps, http } = desk(outcome, accepted);
		expect(await postMessage(deps, message, nothing)).toMatchObject({ kind: 'unknown' });
		expect(http.requests).toHaveLength(1);
	});

	it('asks before each try', async () => {
		let asked = 0;
		const { deps, http } = desk(tooMany('1'), accepted);
		const trying = postMessage(deps, message, async () => {
			if (++asked === 2) throw new Error('no longer wanted');
			return undefined;
		});
		await expect(trying).rejects.toThrow('no longer wanted');
		expect(http.requests).toHaveLength(1);
	});
});
