import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { NoAnswerError, type HttpClient } from '../../../nodes/shared/http/http-client';
import { postMessage, type Posted } from '../../../nodes/shared/sending/post-message';
import { smsSender } from '../../../nodes/shared/sending/send-to-thread';
import {
	GATE_WAIT_MS,
	LONGEST_RETRY_MS,
	SEND_HOLD_MS,
	SLOW_ANSWER_MS,
} from '../../../nodes/shared/threads/timing';
import { twilioClient } from '../../../nodes/shared/twilio/api/twilio-client';
import { ManualClock } from '../../support/manual-clock';
import { memoryThreadStore } from '../../support/memory-thread-store';
import { openRateGates } from '../../support/open-rate-gates';

const [ONE, OTHER] = [`AC${'1'.repeat(32)}`, `AC${'2'.repeat(32)}`];
const ANSWERS_AFTER_MS = 100;
const SECOND = 1_000;
const MINUTE = 60_000;

interface Request {
	body: string;
	/** Milliseconds since the beginning. */
	at: number;
	underWay: number;
}

let clock: ManualClock;
let begun: number;
let requests: Request[];
/** What Twilio does with a request; undefined: takes it. */
let refuse: (request: Request) => { retryAfter?: number; code?: number } | Error | undefined;

beforeEach(() => {
	openRateGates();
	clock = new ManualClock();
	begun = clock.elapsed();
	requests = [];
	refuse = () => undefined;
});

const now = () => clock.elapsed() - begun;
const bodies = (from = 0) => requests.filter(({ at }) => at >= from).map(({ body }) => body);
const unlimited = { name: 'TwilioApiError', code: 20429 };

function servicesOf(accountSid: string, signal?: AbortSignal) {
	let underWay = 0;
	const http: HttpClient = async ({ body: form }) => {
		const words = new URLSearchParams(String(form)).get('Body') ?? '';
		const request = { body: words, at: now(), underWay: ++underWay };
		requests.push(request);
		const answer = refuse(request);
		await clock.sleep(answer instanceof Error ? 15 * SECOND : ANSWERS_AFTER_MS);
		underWay--;
		if (answer instanceof Error) throw answer;
		if (!answer) return { status: 201, headers: {}, body: '{"sid":"SM1","status":"queued"}' };
		const headers = { 'retry-after': String(answer.retryAfter ?? 0) };
		const { code = 20429 } = answer;
		const body = JSON.stringify({ code, message: 'Slow down' });
		return { status: code === 20429 ? 429 : 400, headers, body };
	};
	return {
		twilio: twilioClient({ accountSid, apiBaseUrl: 'https://api.twilio.com' }, http),
		store: memoryThreadStore(clock),
		clock,
		random: () => 1,
		...(signal ? { signal } : {}),
	};
}

function post(body: string, accountSid = ONE ?? '', signal?: AbortSignal): Promise<Posted> {
	const text = { to: '+14155550123', from: '+15550001000', body };
	return postMessage(servicesOf(accountSid, signal), text, async () => undefined);
}

function postMany(count: number): Array<Promise<Posted>> {
	return Array.from({ length: count }, async (_, n) => await post(String(n)));
}

/** A text that Twilio turns away, so that the gate is closed. */
async function closeGate(): Promise<void> {
	refuse = () => ({});
	void post('closes').catch(() => undefined);
	await clock.advance(ANSWERS_AFTER_MS);
	refuse = () => undefined;
}

describe('texts that Twilio turns away for their number', () => {
	it('wait together, one trying for all, and go out in order', async () => {
		refuse = ({ at }) => (at < 5 * SECOND ? {} : undefined);
		const sending = postMany(30);
		await clock.advance(MINUTE);
		expect(await Promise.all(sending)).toEqual(
			Array.from({ length: 30 }, () => expect.objectContaining({ kind: 'accepted' })),
		);
		const probes = requests.filter(({ at }) => at > 0 && at < 5 * SECOND);
		// After 1, 2 and 4 seconds.
		expect(probes.map(({ body }) => body)).toEqual(['0', '0']);
		expect(requests.length).toBeLessThanOrEqual(30 + 30 + probes.length);
		const sent = bodies(5 * SECOND);
		expect(sent).toEqual(Array.from({ length: 30 }, (_, n) => String(n)));
	});

	it('begin again one, then two, then more at a time', async () => {
		refuse = ({ at }) => (at === 0 ? {} : undefined);
		void postMany(30);
		await clock.advance(MINUTE);
		const rounds = new Map<number, number>();
		for (const { at } of requests.filter(({ at }) => at > 0)) {
			rounds.set(at, (rounds.get(at) ?? 0) + 1);
		}
		expect([...rounds.values()]).toEqual([1, 2, 4, 8, 10, 5]);
	});

	it('wait as long as Twilio asks, all of them, and no other account with them', async () => {
		refuse = ({ at, body }) => (at === 0 && body !== 'other' ? { retryAfter: 7 } : undefined);
		void post('first');
		await clock.advance(ANSWERS_AFTER_MS);
		void post('second');
		void post('other', OTHER);
		await clock.advance(6 * SECOND);
		expect(bodies()).toEqual(['first', 'other']);
		await clock.advance(2 * SECOND);
		expect(bodies()).toEqual(['first', 'other', 'first', 'second']);
	});

	it('that wait behind others keep their tries, and give up where nobody gets through', async () => {
		await closeGate();
		refuse = () => ({});
		const waiting = post('waits');
		const outcome = waiting.catch((error: unknown) => error);
		await clock.advance(GATE_WAIT_MS + MINUTE);
		expect(await outcome).toMatchObject(unlimited);
		// The first one's six, then its own.
		const tries = bodies();
		expect(tries.filter((body) => body === 'closes')).toHaveLength(6);
		expect(tries.filter((body) => body === 'waits')).toHaveLength(6);
	});

	it('are not many that wait for ever, whatever comes', async () => {
		refuse = () => ({});
		const outcomes = Promise.allSettled(postMany(30));
		await clock.advance(GATE_WAIT_MS + MINUTE);
		const all = await outcomes;
		expect(all.map(({ status }) => status)).toEqual(Array(30).fill('rejected'));
		expect(requests.length).toBeLessThan(60);
	});

	it('fail at once where Twilio asks for longer than a run may be blocked', async () => {
		refuse = () => ({ retryAfter: 86_400 });
		const first = post('first').catch((error: unknown) => error);
		await clock.advance(SECOND);
		expect(await first).toMatchObject(unlimited);
		await expect(post('second')).rejects.toMatchObject(unlimited);
		expect(bodies()).toEqual(['first']);
		// Nor is a wait believed that is longer than any of ours.
		refuse = () => undefined;
		await clock.advance(LONGEST_RETRY_MS);
		void post('third');
		await clock.advance(SECOND);
		expect(bodies()).toEqual(['first', 'third']);
	});

	it('are held up by none of them that has no answer', async () => {
		const lost = new NoAnswerError('api.twilio.com', 'ETIMEDOUT');
		refuse = ({ at, body }) => (at === 0 ? {} : body === '0' ? lost : undefined);
		const sending = postMany(10);
		await clock.advance(SECOND + 2 * ANSWERS_AFTER_MS);
		expect(bodies(1)).toEqual(['0']);
		await clock.advance(SLOW_ANSWER_MS + SECOND);
		expect(bodies(1)).toHaveLength(10);
		await clock.advance(MINUTE);
		expect((await Promise.all(sending)).map(({ kind }) => kind)).toEqual([
			'unknown',
			...Array.from({ length: 9 }, () => 'accepted'),
		]);
	});

	it('go on where Twilio refuses one of them for what it is', async () => {
		await closeGate();
		refuse = ({ body }) => (body === 'closes' ? { code: 21211 } : undefined);
		void postMany(2);
		await clock.advance(SECOND + 1.5 * ANSWERS_AFTER_MS);
		// Two at a time: the refusal was an answer.
		expect(requests.slice(1).map(({ body, at }) => [body, at])).toEqual([
			['closes', SECOND + ANSWERS_AFTER_MS],
			['0', SECOND + 2 * ANSWERS_AFTER_MS],
			['1', SECOND + 2 * ANSWERS_AFTER_MS],
		]);
	});

	it('end their wait with the execution, and leave the next its turn', async () => {
		await closeGate();
		const stop = new AbortController();
		const stopped = post('stopped', ONE, stop.signal).catch((error: unknown) => error);
		void post('next');
		stop.abort(new Error('cancelled'));
		expect(await stopped).toEqual(new Error('cancelled'));
		await clock.advance(10 * SECOND);
		expect(bodies()).toEqual(['closes', 'closes', 'next']);
	});

	it('are known to the copy of the package that an update has loaded beside ours', async () => {
		await closeGate();
		await jest.isolateModulesAsync(async () => {
			const copy = await import('../../../nodes/shared/sending/post-message.js');
			expect(copy.postMessage).not.toBe(postMessage);
			const text = { to: '+14155550123', from: '+15550001000', body: 'copy' };
			const services = servicesOf(ONE ?? '');
			void copy.postMessage(services, text, async () => undefined);
			await clock.advance(10);
			expect(bodies()).toEqual(['closes']);
			await clock.advance(2 * SECOND);
			expect(bodies()).toEqual(['closes', 'closes', 'copy']);
		});
	});
});

describe('a text that waits at the gate', () => {
	const threadId = `${ONE}:agent:+14155550123`;
	const draft = {
		...{ threadId, to: '+14155550123', from: '+15550001000' },
		...{ body: 'waits', author: 'operator' as const },
	};

	it('keeps its claim, and is judged and noted after the wait', async () => {
		await closeGate();
		const opensAt = SEND_HOLD_MS + 5 * SECOND;
		refuse = ({ at }) => (at < opensAt ? { retryAfter: 25 } : undefined);
		const services = servicesOf(ONE ?? '');
		const { claims, threads } = services.store;
		const judged: number[] = [];
		const noted: number[] = [];
		const { read } = threads;
		threads.read = async (...given) => {
			judged.push(now());
			return await read(...given);
		};
		const { settle } = claims;
		claims.settle = async (...given) => {
			const seen = await claims.look('key');
			if (seen.status !== 'free')
				noted.push(Date.parse(seen.record['since'] as string) - begun);
			await settle(...given);
		};
		const sending = smsSender(services).sendToThread(draft, 'key');
		await clock.advance(opensAt - SECOND);
		expect(await claims.look('key')).toMatchObject({ status: 'held' });
		await clock.advance(MINUTE);
		expect(await sending).toMatchObject({ kind: 'sent' });
		const tries = requests.filter(({ body }) => body === 'waits').map(({ at }) => at);
		expect(judged).toEqual(tries);
		expect(noted).toEqual(tries.slice(-1));
	});
});
