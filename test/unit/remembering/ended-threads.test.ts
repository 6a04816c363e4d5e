import { describe, expect, it } from '@jest/globals';
import { EndWatch, type Silence } from '../../../nodes/shared/remembering/ended-threads';
import { settleEnding } from '../../../nodes/shared/remembering/endings';
import { FakeClock } from '../../support/fake-clock';
import { memoryThreadStore } from '../../support/memory-thread-store';
import { storedMessage } from '../../support/stored-message';

const HOUR_MS = 3_600_000;
const ACCOUNT = `AC${'0'.repeat(32)}`;

async function watching() {
	const clock = new FakeClock();
	const store = memoryThreadStore(clock);
	const watch = new EndWatch();
	const text = async (nth: number, ofAgent = 'desk') => {
		const at = new Date(clock.now()).toISOString();
		const said = storedMessage('Hello', { at });
		const answers = [said.messageSid];
		const reply = { direction: 'outbound', author: 'agent', answers, at } as const;
		const threadId = `${ACCOUNT}:${ofAgent}:+1415555${String(nth).padStart(4, '0')}`;
		await store.threads.append(threadId, [said, storedMessage('Hi', reply)], 1);
		await store.threads.changeState(threadId, (state) => ({
			...state,
			...{ startedThrough: said.messageSid, startedAt: at },
		}));
	};
	const look = async (of: Silence = { endMs: HOUR_MS }) => {
		let count = 0;
		let kind: string | undefined;
		const silence = new Map([['desk', of]]);
		const watched = { accountSid: ACCOUNT, silence, unreadable: () => {} };
		const next = await watch.look({ store, clock }, watched, async (silent) => {
			count++;
			({ kind } = silent);
			if (silent.kind === 'ended')
				await settleEnding({ store }, silent.thread, silent.text.messageSid);
		});
		return { count, kind, inMs: next - clock.now() };
	};
	return { clock, text, look };
}

describe('EndWatch', () => {
	it('tells when the next conversation ends, and looks at none before', async () => {
		const { clock, text, look } = await watching();
		await text(1);
		await text(2, 'another');
		clock.advance(HOUR_MS / 2);
		await text(3);
		expect(await look()).toMatchObject({ count: 0, inMs: HOUR_MS / 2 });
		clock.advance(HOUR_MS / 2);
		expect(await look()).toMatchObject({ count: 1 });
		// Somebody who goes on has not ended.
		await text(3);
		clock.advance(HOUR_MS / 2);
		expect((await look()).count).toBe(0);
		clock.advance(HOUR_MS / 2);
		expect((await look()).count).toBe(1);
	});

	it('puts a thread off for long, and looks sooner once somebody has written', async () => {
		const { clock, text, look } = await watching();
		const silence = { textMs: HOUR_MS, closeMs: 20 * HOUR_MS };
		await text(1);
		clock.advance(5 * HOUR_MS);
		// Too late to ask, and not to be closed yet.
		expect(await look(silence)).toMatchObject({ count: 0, inMs: 16 * HOUR_MS });
		await text(1);
		await look(silence);
		clock.advance(HOUR_MS);
		expect(await look(silence)).toMatchObject({ kind: 'idle' });
		clock.advance(20 * HOUR_MS);
		expect(await look(silence)).toMatchObject({ kind: 'close' });
	});

	it('starts a few runs at a time where many have ended', async () => {
		const { clock, text, look } = await watching();
		for (let nth = 0; nth < 35; nth++) await text(nth);
		clock.advance(2 * HOUR_MS);
		expect(await look()).toMatchObject({ count: 30, inMs: 0 });
		expect((await look()).count).toBe(5);
	});
});
