import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Tool } from '../../../nodes/shared/acting/tool';
import type { Composition } from '../../../nodes/shared/composing/parse-answer';
import type {
	ActingRequest,
	ModelMessage,
	ToolCalls,
} from '../../../nodes/shared/composing/reply-composer';
import type { Message } from '../../../nodes/shared/messaging/message';
import { composeOnly } from '../../../nodes/shared/replying/compose-reply';
import type { ReplyTurn } from '../../../nodes/shared/replying/reply-turn';
import { replyToThread } from '../../../nodes/shared/replying/reply-to-thread';
import { actionsIn } from '../../../nodes/shared/threads/actions';
import { recordKeys } from '../../../nodes/shared/threads/record-keys';
import { readRecord } from '../../../nodes/shared/threads/record-store';
import { takeOver } from '../../support/contact-state';
import { openSendingDesk, type SendingDesk } from '../sending/sending-fixture';
import { told } from '../../fixtures/deeds/told.json';
import { composerOf, inbound, plan, told as toldByModel, turnAt } from './reply-fixture';

let desk: SendingDesk;
let bookings: unknown[];
/** What the tool does, which each test may change. */
let book: (args: unknown) => Promise<string>;
beforeAll(async () => {
	desk = await openSendingDesk();
});
beforeEach(() => {
	desk.reset();
	bookings = [];
	book = async (args) => {
		bookings.push(args);
		return 'Booked as 7H2K';
	};
});
afterAll(() => desk.close());

const toolOf = (name: string, change: Partial<Tool> = {}): Tool => ({
	...{ name, description: '', parameters: {}, native: {}, onlyLooks: false },
	call: async (args) => await book(args),
	...change,
});
const wants = (
	args: Readonly<Record<string, unknown>> | undefined,
	tool = 'book_visit',
): ToolCalls => ({
	kind: 'toolCalls',
	calls: [{ id: 'c1', tool, arguments: args }],
	...toldByModel,
});
const says = (text: string, restsOn: string[] = []): Composition => ({
	...{ kind: 'reply', text, restsOn },
	...toldByModel,
});
const BOOKED = says("You're booked for 3pm.", ['a1']);
const AT_THREE = { at: '15:00' };

type Step = (request: ActingRequest) => Composition | ToolCalls;
/** Calls the tool once, then answers. */
const booksAnd =
	(then: Composition = BOOKED): Step =>
	({ rounds }) =>
		rounds.length === 0 ? wants(AT_THREE) : then;

const textNow = (body: string): Message => ({
	...inbound(body),
	at: new Date(desk.services.clock.now()).toISOString(),
});
const run = (step: Step, tools: Tool[] = [toolOf('book_visit')]) => {
	const { composer, requests } = composerOf(() => says('Hello!'), step);
	return { services: { ...desk.services, sms: desk.sender, composer, tools }, requests };
};
const reply = async (texts: Message[], step: Step, change: { tools?: Tool[] } = {}) => {
	const { services, requests } = run(step, change.tools);
	const outcome = await replyToThread(services, turnAt(desk, texts), plan);
	return { outcome, requests };
};
const kept = async () =>
	actionsIn(await readRecord(desk.services.store.records, recordKeys.actions(desk.threadId)));
const contents = (messages: readonly ModelMessage[]) =>
	messages.map(({ content }) => content).join('\n');

describe('a turn with an action', () => {
	it('does it, and says so', async () => {
		const { outcome, requests } = await reply([textNow('At 3?')], booksAnd());
		expect(outcome).toMatchObject({
			kind: 'replied',
			composing: { actions: [{ id: 'a1', state: 'done' }] },
		});
		expect(bookings).toEqual([AT_THREE]);
		expect(desk.texts()).toEqual(["You're booked for 3pm."]);
		const [answer] = (requests.at(-1) as ActingRequest).rounds[0] ?? [];
		expect(JSON.parse(answer?.answer ?? '')).toEqual({
			...{ action: 'a1', outcome: 'done', result: 'Booked as 7H2K' },
		});
	});

	it('sums up the tokens of all its steps', async () => {
		const { outcome } = await reply([textNow('At 3?')], booksAnd());
		expect(outcome.composing.usage?.totalTokens).toBe(2 * toldByModel.usage.totalTokens);
	});

	it('does the same thing once, however often the model asks, in whatever order of its arguments', async () => {
		const steps = [wants({ at: '15:00', for: 'Ann' }), wants({ for: 'Ann', at: '15:00' })];
		await reply([textNow('At 3?')], ({ rounds }) => steps[rounds.length] ?? BOOKED);
		expect(bookings).toHaveLength(1);
	});

	it('does it once where the run is repeated, without a reply from the first', async () => {
		const text = textNow('At 3?');
		await expect(
			reply([text], ({ rounds }) => {
				if (rounds.length === 0) return wants(AT_THREE);
				throw new Error('the process ends here');
			}),
		).rejects.toThrow('ends here');
		const { outcome, requests } = await reply([text], booksAnd());
		expect(outcome.kind).toBe('replied');
		expect(bookings).toHaveLength(1);
		expect(contents(requests[0]?.messages ?? [])).toContain(
			'[action a1, done] book_visit {"at":"15:00"}: Booked as 7H2K',
		);
	});

	it('knows of it where the contact wrote again meanwhile, and does not do it anew', async () => {
		const first = textNow('At 3?');
		let later: Message | undefined;
		const second = () => (later ??= textNow('And bring the dog'));
		const threads = desk.services.store.threads;
		const { outcome } = await reply([first], ({ rounds }) => {
			if (rounds.length === 0) return wants(AT_THREE);
			desk.services.clock.advance(5_000);
			void threads.append(desk.threadId, [second()], 0);
			return BOOKED;
		});
		expect(outcome).toMatchObject({ kind: 'noReply', code: 'newerText' });
		const { outcome: next, requests } = await reply([first, second()], booksAnd());
		expect(next.kind).toBe('replied');
		expect(bookings).toHaveLength(1);
		expect(contents(requests[0]?.messages ?? [])).toMatch(/At 3\?\n\[action a1, done\]/);
		expect(desk.texts()).toHaveLength(1);
	});

	it('may do it again in a later turn', async () => {
		await reply([textNow('At 3?')], booksAnd());
		await reply([textNow('Once more, please')], booksAnd(says('Booked again.', ['a2'])));
		expect(bookings).toHaveLength(2);
		expect(desk.texts()).toEqual(["You're booked for 3pm.", 'Booked again.']);
	});

	it('is left to a person where a run died in the middle, and is not done again', async () => {
		const text = textNow('At 3?');
		const { services } = run(booksAnd());
		const dying = new AbortController();
		book = async () => {
			dying.abort(new Error('stopped'));
			return await new Promise<string>(() => {});
		};
		const turn = turnAt(desk, [text]);
		await expect(
			replyToThread({ ...services, signal: dying.signal }, turn, plan),
		).rejects.toThrow('stopped');
		expect(await kept()).toMatchObject([{ state: 'uncertain' }]);
	});

	it('is left to a person where nobody wrote down what came of it', async () => {
		const text = textNow('At 3?');
		const { records } = desk.services.store;
		const action = {
			id: 'a1',
			tool: 'book_visit',
			arguments: '{}',
			key: 'k',
			state: 'running',
		};
		await records.change(recordKeys.actions(desk.threadId), () => ({
			count: 1,
			actions: [{ ...action, at: text.at, result: '' }],
		}));
		const { outcome } = await reply([text], booksAnd());
		expect(outcome).toMatchObject({ kind: 'needsHuman', code: 'actionUncertain' });
		expect(bookings).toEqual([]);
		expect(await kept()).toMatchObject([{ state: 'uncertain' }]);
	});

	it('only written for the next node is done under the lease, and once', async () => {
		const text = textNow('At 3?');
		for (let times = 0; times < 2; times++) {
			const { services } = run(booksAnd());
			const { kind } = await composeOnly(services, turnAt(desk, [text]), plan);
			expect(kind).toBe('replied');
		}
		expect(bookings).toHaveLength(1);
	});

	it('that somebody only tries is done each time, and nothing is written down', async () => {
		const turn: ReplyTurn = { ...turnAt(desk, [textNow('At 3?')]), isTry: true };
		for (let times = 0; times < 2; times++) {
			await composeOnly(run(booksAnd()).services, turn, plan);
		}
		expect(bookings).toHaveLength(2);
		expect(await kept()).toEqual([]);
	});
});

describe('an action', () => {
	it('is not begun for a turn that is stale, or a person has taken', async () => {
		const text = textNow('At 3?');
		const { outcome } = await reply([text], ({ rounds }) => {
			if (rounds.length === 0) void takeOver(desk.services, desk.threadId);
			return booksAnd()({ rounds } as ActingRequest);
		});
		expect(outcome).toMatchObject({ code: 'takenOver' });
		expect(bookings).toEqual([]);
	});

	it.each([
		['times out', 'The connection timed out', 'actionUncertain'],
		['meets a server that fails', 'Request failed with status code 502', 'actionUncertain'],
	])('that %s is not done again: a person looks', async (_, message, code) => {
		book = async () => {
			bookings.push(message);
			throw new Error(message);
		};
		const { outcome } = await reply([textNow('At 3?')], booksAnd());
		expect(outcome).toMatchObject({ kind: 'needsHuman', code });
		expect(bookings).toHaveLength(1);
	});

	it.each([
		['throws', async () => await Promise.reject(new Error('That time is taken'))],
		['answers with words of an error', async () => 'There was an error: "That time is taken"'],
		['gives an item of an error', async () => '[{"error":"That time is taken"}]'],
	])('that fails, as it %s, is told to the model, which may say so', async (_, fails) => {
		book = fails;
		const { outcome, requests } = await reply(
			[textNow('At 3?')],
			booksAnd(says('That did not work. Would 4pm do?')),
		);
		expect(outcome.kind).toBe('replied');
		const [answer] = (requests.at(-1) as ActingRequest).rounds[0] ?? [];
		expect(answer?.answer).toMatch(/"outcome":"failed".*That time is taken/);
	});

	it('that failed is not reported as done', async () => {
		book = async () => await Promise.reject(new Error('That time is taken'));
		const { outcome } = await reply([textNow('At 3?')], booksAnd());
		expect(outcome).toMatchObject({
			...{ kind: 'needsHuman', code: 'unearnedClaim', unsentText: "You're booked for 3pm." },
		});
		expect(desk.texts()).toEqual([]);
	});

	it('that only looks something up is done as often as it is asked for', async () => {
		const tools = [toolOf('free_times', { onlyLooks: true })];
		await reply(
			[textNow('When?')],
			({ rounds }) => (rounds.length < 3 ? wants({}, 'free_times') : says('At 3 or 4?')),
			{ tools },
		);
		expect(bookings).toHaveLength(3);
	});

	it('is not taken from a model that calls what there is not, or without an object', async () => {
		const steps = [wants({}, 'delete_all'), wants(undefined)];
		const { requests } = await reply(
			[textNow('At 3?')],
			({ rounds }) => steps[rounds.length] ?? says('When would you like to come?'),
		);
		const answers = (requests.at(-1) as ActingRequest).rounds
			.flat()
			.map(({ answer }) => answer);
		expect(answers).toEqual([
			expect.stringContaining('no tool of this name'),
			expect.stringContaining('no JSON object'),
		]);
		expect(bookings).toEqual([]);
	});
});

describe('a model', () => {
	it('that lies in any of a hundred wordings reaches nobody', async () => {
		const outcomes: string[] = [];
		for (const lie of told) {
			desk.reset();
			const { outcome } = await reply([textNow('At 3?')], () => says(lie));
			outcomes.push(outcome.kind === 'needsHuman' ? outcome.code : outcome.kind);
		}
		expect(outcomes).toEqual(told.map(() => 'unearnedClaim'));
		expect(desk.texts()).toEqual([]);
	});

	it('is told that a tool found nothing to change', async () => {
		book = async () => '[]';
		const { requests } = await reply([textNow('At 3?')], booksAnd(says('That is taken.')));
		const [answer] = (requests.at(-1) as ActingRequest).rounds[0] ?? [];
		expect(answer?.answer).toContain('nothing was changed');
	});
});

describe('a model without end', () => {
	it('is told that it may call no more, and handed over where it goes on', async () => {
		let count = 0;
		const { outcome, requests } = await reply([textNow('At 3?')], () =>
			wants({ count: count++ }),
		);
		expect(outcome).toMatchObject({ kind: 'needsHuman', code: 'tooManyActions' });
		expect(bookings).toHaveLength(plan.acting.maxCalls);
		expect(requests).toHaveLength(plan.acting.maxCalls + 2);
	});

	it('is shown the beginning of a result of a megabyte, and that it is cut', async () => {
		book = async () => 'x'.repeat(1_000_000);
		const { requests } = await reply([textNow('At 3?')], booksAnd(says('What time?')));
		const [answer] = (requests.at(-1) as ActingRequest).rounds[0] ?? [];
		expect(answer?.answer.length).toBeLessThan(11_000);
		expect(answer?.answer).toContain('Cut: there was more');
	});
});
