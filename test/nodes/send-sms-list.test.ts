import { setTimeout as pause } from 'node:timers/promises';
import { poll } from '../../harness/poll';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { IDataObject } from 'n8n-workflow';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { whileWaiting } from './support/while-waiting';
import { openThreadFile } from './support/thread-file';
import { openSendSmsBench, OURS, type SendSmsBench } from './support/send-sms-bench';

let bench: SendSmsBench;
beforeAll(async () => {
	bench = await openSendSmsBench();
});
beforeEach(() => bench.reset());
afterAll(() => bench.close());

const POST = { method: 'POST', path: /Messages\.json/ } as const;
const leadOf = (nth: number) => `+1415555${String(2_000 + nth)}`;
const leads = (count: number): IDataObject[] =>
	Array.from({ length: count }, (_, nth) => ({ to: leadOf(nth), words: `Hi ${nth}` }));
const parameters = (options: object = {}) => ({
	to: '={{ $json.to }}',
	body: '={{ $json.words }}',
	from: OURS,
	options: { ...options },
});
const continues = { settings: { onError: 'continueRegularOutput' as const } };

type Run = Awaited<ReturnType<SendSmsBench['run']>>;
const jsons = ({ outputs }: Run) => (outputs[0] ?? []).map(({ json }) => json);
const hints = ({ tasks }: Run) => (tasks.at(-1)?.hints ?? []).map(({ message }) => message);
const texted = () => bench.twilio.messages({ direction: 'outbound' }).map(({ to }) => to);
const description = ({ error }: Run) => (error as Error & { description: string }).description;

describe('a list', () => {
	const slowFirst = () => bench.twilio.faults.next({ kind: 'delay', ms: 3_000, ...POST });

	it('goes out side by side, and its items come out in their order', async () => {
		slowFirst();
		const run = await bench.run(leads(8), parameters());
		expect(run.error).toBeUndefined();
		expect(texted().at(-1)).not.toBe(leadOf(7));
		expect(jsons(run).map(({ contact }) => contact)).toEqual(leads(8).map(({ to }) => to));
		expect(run.outputs[0]?.map(({ pairedItem }) => pairedItem)).toEqual(
			leads(8).map((_, item) => ({ item })),
		);
	});

	it('is written five at a time where AI writes', async () => {
		bench.model.faults.next({ kind: 'delay', ms: 1_500, times: 8 });
		const running = bench.run(leads(8), {
			...parameters(),
			mode: 'ai',
			model: { __rl: true, mode: 'id', value: 'emulated-small' },
			smsPrompt: 'You are Ava.',
			instruction: 'Ask whether they are still looking.',
		});
		await poll('five requests', () => bench.model.requests.length >= 5 || undefined);
		await pause(300);
		expect(bench.model.requests).toHaveLength(5);
		await running;
		expect(texted()).toHaveLength(8);
	});

	it('goes out one after the other where the builder wants it so', async () => {
		slowFirst();
		await bench.run(leads(4), parameters({ atOnce: 1 }));
		expect(texted()).toEqual(leads(4).map(({ to }) => to));
	});

	it('keeps the order of the texts to one contact', async () => {
		slowFirst();
		const items = ['one', 'two', 'three'].map((words) => ({ to: leadOf(0), words }));
		await bench.run([...items, ...leads(3).slice(1)], parameters());
		const toFirst = bench.twilio.messages({ to: leadOf(0) }).map(({ body }) => body);
		expect(toFirst).toEqual(['one', 'two', 'three']);
	});

	it('refuses a number of texts at once that is none', async () => {
		const { error } = await bench.run(leads(2), parameters({ atOnce: 0 }));
		expect(error?.message).toBe('At the Same Time: 0 is not a whole number from 1 to 50');
	});

	it('is one text to who stands in it twice with the same words, however the number is spelled', async () => {
		const twice = [
			{ to: '(415) 555-2000', words: 'Hi' },
			{ to: leadOf(0), words: 'Hi' },
			{ to: leadOf(0), words: 'And bye' },
		];
		const run = await bench.run(twice, parameters({ defaultCountry: 'US' }));
		expect(bench.texts()).toEqual(['Hi', 'And bye']);
		const [first, second, third] = jsons(run);
		expect(second).toEqual({ ...first, repeated: true });
		expect(third).toMatchObject({ body: 'And bye', repeated: false });
		expect(hints(run)).toEqual([
			'2 of 3 texts sent (2 segments). Not sent: 1 twice in the list.',
		]);
	});

	it('is two texts to who stands in it twice for two occasions', async () => {
		const items = ['order 1', 'order 2', 'order 2'].map((order) => ({
			...{ to: leadOf(0), words: 'Your order is on its way' },
			order,
		}));
		await bench.run(items, parameters({ oncePer: '={{ $json.order }}' }));
		expect(texted()).toEqual([leadOf(0), leadOf(0)]);
	});

	it('is two texts by AI to who stands in it with two conversations', async () => {
		const said = (words: string) => JSON.stringify([{ role: 'user', content: words }]);
		const items = ['first call', 'second call', 'second call'].map((words) => ({
			to: leadOf(0),
			messages: said(words),
		}));
		const fields = { to: '={{ $json.to }}', from: OURS, messages: '={{ $json.messages }}' };
		const byAi = { mode: 'ai', instruction: 'Sum the call up', smsPrompt: 'You are Ava.' };
		await bench.run(items, { ...fields, ...byAi, history: 'given' });
		expect(texted()).toEqual([leadOf(0), leadOf(0)]);
	});

	it('is refused where This Workflow could not remember it', async () => {
		const run = await bench.run(leads(501), parameters());
		expect(run.error?.message).toMatch(/^Keep Conversations In: This Workflow cannot remember/);
		expect(texted()).toEqual([]);
	});

	it('says at its end what became of it', async () => {
		bench.twilio.faults.next({ kind: 'error', code: 21610, ...POST });
		bench.twilio.faults.next({ kind: 'error', code: 21614, ...POST, times: 2 });
		const run = await bench.run(leads(10), parameters({ atOnce: 1 }), continues);
		expect(hints(run)).toEqual([
			'7 of 10 texts sent (7 segments). Not sent: 1 opted out. Failed: 2 Twilio error 21614.',
		]);
	});

	it('counts for nobody a text that a failure kept from them', async () => {
		const options = { textsPerContact: 1, atOnce: 1 };
		bench.twilio.faults.next({ kind: 'error', code: 21614, ...POST });
		const { staticData } = await bench.run(leads(4), parameters(options));
		const rest = leads(4).slice(1);
		expect((await bench.run(rest, parameters(options), { staticData })).error).toBeUndefined();
		expect(texted()).toHaveLength(3);
	});

	it('sends nothing that waits for its turn when a failure stops it', async () => {
		const sleep = systemClock.sleep.bind(systemClock);
		jest.spyOn(systemClock, 'sleep').mockImplementation(
			async (ms, signal) => await sleep(ms < 30_000 ? ms : 5_000, signal),
		);
		bench.twilio.faults.next({ kind: 'error', code: 21614, ...POST });
		const run = await bench.run(leads(4), parameters({ textsPerSecond: 0.02 }));
		expect(run.error?.message).toMatch(/not a mobile number/);
		expect(texted()).toEqual([]);
	});

	it('tries nothing again after a failure that stops it', async () => {
		bench.twilio.faults.next({ kind: 'error', code: 21611, status: 429, ...POST });
		bench.twilio.faults.next({ kind: 'error', code: 21614, ...POST });
		const run = await bench.run(leads(2), parameters({ keepTryingMinutes: 60 }));
		expect(run.error?.message).toMatch(/not a mobile number/);
		expect(texted()).toEqual([]);
	});

	it('begins nothing more after a failure that stops it, and says how far it has come', async () => {
		bench.twilio.faults.next({ kind: 'delay', ms: 1, ...POST, times: 3 });
		bench.twilio.faults.next({ kind: 'error', code: 21614, ...POST });
		const run = await bench.run(leads(40), parameters({ atOnce: 2 }));
		const sent = texted().length;
		expect(sent).toBeLessThan(8);
		expect(run.error?.message).toMatch(/not a mobile number/);
		expect(description(run)).toMatch(
			new RegExp(`${sent} texts were sent in this run\\. Retry goes on with the rest`),
		);
	});
});

describe('what Twilio does with a list', () => {
	it('is told with its cost, and each item says how long it waits there', async () => {
		const run = await bench.run(leads(100), parameters());
		expect(run.error).toBeUndefined();
		expect(hints(run)).toEqual([
			expect.stringMatching(
				/^100 of 100 texts sent \(100 segments, about \d+\.\d\d USD\)\. Twilio passes on about 1 a second from \+15550001000: the last of these texts leaves about 2 minutes after the first\. To run this list again without texting anybody twice, add the option Send Once Per/,
			),
		]);
		const held = jsons(run).map(({ heldSeconds }) => heldSeconds);
		expect(held).toEqual(leads(100).map((_, nth) => nth + 1));
	});

	it('is known before the first text: a list that it would drop in part is not begun', async () => {
		const run = await bench.run(leads(40), parameters({ validityPeriod: 30 }), continues);
		const errors = jsons(run).map(({ error }) => error);
		expect(errors).toHaveLength(40);
		expect(errors[0]).toMatch(
			/^Validity Period: the 40 segments of this list from .* take about .* \(errors 30001, 30036\); nothing was sent/,
		);
		expect(texted()).toEqual([]);
	});

	it('is asked of nobody for a few texts, nor is the cost', async () => {
		await bench.run(leads(19), parameters());
		expect(bench.twilio.requests.map(({ method }) => method)).toEqual(Array(19).fill('POST'));
	});

	it('is spread where the builder says how many texts a second', async () => {
		const waits = whileWaiting();
		await bench.run(leads(3), parameters({ textsPerSecond: 0.02 }));
		expect(texted()).toHaveLength(3);
		expect(Math.max(...waits)).toBeGreaterThanOrEqual(50_000);
	});
});

describe('Check Everything First', () => {
	const withMistakes = (count: number) => {
		const items = leads(count);
		Object.assign(items[3] ?? {}, { words: 'Hi undefined, are you well?' });
		Object.assign(items[5] ?? {}, { to: '12' });
		Object.assign(items[6] ?? {}, { words: '' });
		return items;
	};

	it('finds each mistake of a long list before the first text', async () => {
		const run = await bench.run(withMistakes(20), parameters());
		expect(run.error?.message).toBe(
			'Check Everything First: 3 of 20 items have a mistake, so nothing was sent',
		);
		expect(description(run)).toMatch(
			/^Item 3: Message: it says "undefined".*\nItem 5: To: .*\nItem 6: Message: it is empty.*\nCorrect them/,
		);
		expect(bench.twilio.requests).toEqual([]);
	});

	it('finds what an expression among words does not find, and takes a default for an answer', async () => {
		const items: IDataObject[] = leads(20).map((item) => ({ ...item, name: 'Ava' }));
		Object.assign(items[2] ?? {}, { name: null });
		Object.assign(items[4] ?? {}, { name: '' });
		const body = "=Hi {{ $json.name }}, {{ $json.missing || '' }} {{ $json.name && '' }}";
		const run = await bench.run(items, { ...parameters(), body });
		expect(run.error?.message).toMatch(/2 of 20 items/);
		expect(description(run)).toMatch(
			/^Item 2: Message: \{\{ \$json\.name \}\} finds nothing.*\nItem 4: /,
		);
		const misspelt = { ...parameters(), body: '=Hi {{ $json.nmae }}!' };
		expect((await bench.run(items, misspelt)).error?.message).toMatch(/20 of 20 items/);
		expect(texted()).toEqual([]);
	});

	it('leaves variables of a prompt to the facts, and no other brackets', async () => {
		const ai = { mode: 'ai', smsPrompt: 'You are Ava.', instruction: 'Greet {{name|them}}' };
		const model = { model: { __rl: true, mode: 'id', value: 'emulated-small' } };
		const items = leads(20);
		const good = await bench.run(items, { ...parameters(), ...model, ...ai });
		expect(good.error).toBeUndefined();
		const unended = { ...ai, instruction: 'Greet {{name' };
		const bad = await bench.run(items, { ...parameters(), ...model, ...unended });
		expect(bad.error?.message).toMatch(/20 of 20 items have a mistake/);
	});

	it('shows ten of many, and says how many more there are', async () => {
		const items = leads(30).map((item) => ({ ...item, words: '{{ $json.name }}' }));
		const run = await bench.run(items, parameters());
		expect(description(run).match(/^Item \d+:/gm)).toHaveLength(10);
		expect(description(run)).toContain('And 20 more.');
	});

	it('keeps back what is longer than Maximum Segments', async () => {
		const items = leads(20).map((item) => ({ ...item, words: 'word '.repeat(60) }));
		const run = await bench.run(items, parameters({ maxSegments: 1 }));
		expect(run.error?.message).toMatch(/20 of 20 items have a mistake/);
	});

	it('looks at a shorter list where it is asked to, and at a long one unless told not to', async () => {
		const short = await bench.run(withMistakes(8), parameters({ checkFirst: true }));
		expect(short.error?.message).toMatch(/3 of 8 items/);
		const long = await bench.run(
			withMistakes(20),
			parameters({ checkFirst: false, atOnce: 1 }),
		);
		expect(long.error?.message).toMatch(/^To: /);
		expect(texted()).toHaveLength(5);
	});

	it('leaves the mistakes to the error output where the node goes on, and sends the rest', async () => {
		const run = await bench.run(withMistakes(20), parameters(), {
			settings: { onError: 'continueErrorOutput' },
		});
		expect(run.outputs.map((items) => items.length)).toEqual([17, 3]);
		expect(texted()).toHaveLength(17);
		expect(bench.texts().join()).not.toContain('undefined');
	});
});

describe('Send to Me First', () => {
	const ME = '+14155559999';

	it('gives me the first text of the list, marked, and ends the run', async () => {
		const run = await bench.run(leads(25), parameters({ toMeFirst: ME }));
		expect(bench.twilio.messages({ direction: 'outbound' })).toMatchObject([
			{ to: ME, body: `[Trial, for ${leadOf(0)}] Hi 0` },
		]);
		expect(run.outputs.flat()).toEqual([]);
		expect(hints(run)[0]).toMatch(
			/^Only a trial: \+14155559999 got .* nothing to the 25 of the list/,
		);
		await bench.run(leads(25), parameters({ toMeFirst: ME }));
		expect(texted()).toEqual([ME, ME]);
	});

	it('looks through the list before', async () => {
		const items = leads(25);
		Object.assign(items[20] ?? {}, { words: '' });
		const run = await bench.run(items, parameters({ toMeFirst: ME }));
		expect(run.error?.message).toMatch(/1 of 25 items/);
		expect(texted()).toEqual([]);
	});

	it('gives every row to the error output where it is no number', async () => {
		const run = await bench.run(leads(3), parameters({ toMeFirst: 'mine' }), {
			settings: { onError: 'continueErrorOutput' },
		});
		expect(run.outputs.map((items) => items.length)).toEqual([0, 3]);
		expect(run.outputs[1]?.[2]?.json['error']).toMatch(/^Send to Me First: "mine" is not/);
		expect(texted()).toEqual([]);
	});

	it('texts nobody while it is empty', async () => {
		const { error } = await bench.run(leads(3), parameters({ toMeFirst: ' ' }));
		expect(error?.message).toBe('Send to Me First: it is empty; nothing was sent');
		expect(texted()).toEqual([]);
	});

	it('gives me the first text that can be sent', async () => {
		const items = leads(3);
		Object.assign(items[0] ?? {}, { to: '12' });
		const run = await bench.run(items, parameters({ toMeFirst: ME }), continues);
		expect(bench.texts()).toEqual([`[Trial, for ${leadOf(1)}] Hi 1`]);
		expect(hints(run)[0]).toMatch(/1 of 3 items have a mistake .* Item 0: To: /);
	});

	it('says what is wrong with a list that would go on without its mistakes', async () => {
		const items = leads(25);
		Object.assign(items[20] ?? {}, { words: '' });
		const run = await bench.run(items, parameters({ toMeFirst: ME }), continues);
		expect(texted()).toEqual([ME]);
		expect(hints(run)[0]).toMatch(
			/everybody\. 1 of 25 items have a mistake and will not be sent .*\. Item 20: Message: it is empty/,
		);
	});
});

describe('the retry of an execution', () => {
	const died = (items: IDataObject[], staticData: IDataObject, resumeToken: string | null) =>
		bench.run(items, parameters(), { staticData, resumeToken, mode: 'retry' });

	it('that died goes on where it stopped, whatever order its rows come in and however they are worded', async () => {
		const file = await openThreadFile();
		const kept = { threadStore: 'embedded', threadStoreFile: file.path, ...parameters() };
		await bench.run(leads(4), kept, { resumeToken: 'of the first' });
		const again = leads(6)
			.reverse()
			.map((item) => ({ ...item, words: 'In other words' }));
		const mode = 'retry';
		const run = await bench.run(again, kept, { resumeToken: 'of the first', mode });
		expect(run.error).toBeUndefined();
		expect(texted().sort()).toEqual(leads(6).map(({ to }) => to));
		expect(jsons(run).map(({ repeated }) => repeated)).toEqual([
			...[false, false],
			...[true, true, true, true],
		]);
		expect(hints(run)).toEqual(['2 of 6 texts sent (2 segments). Not sent: 4 sent before.']);
		await bench.run(leads(2), kept, { resumeToken: 'of another', mode });
		expect(texted()).toHaveLength(8);
		await file.remove();
	});

	it('that a mistake has ended sends what was corrected, and nothing twice', async () => {
		const rows = (first: string) =>
			[first, 'two'].map((words): IDataObject => ({ to: leadOf(0), words }));
		const failed = await bench.run(rows(''), parameters());
		expect(failed.error?.message).toMatch(/^Message: it is empty/);
		const kept = JSON.stringify(failed.run.data.executionData?.contextData);
		const run = await bench.run(rows('one'), parameters(), {
			staticData: failed.staticData,
			mode: 'retry',
			contextData: { contextData: JSON.parse(kept) as IDataObject } as never,
		});
		expect(run.error).toBeUndefined();
		expect(bench.texts()).toEqual(['one', 'two']);
	});

	it('sends nobody the same words again where a crash has taken along what the workflow kept', async () => {
		await bench.run(leads(3), parameters(), { resumeToken: 'of the first' });
		const run = await bench.run(leads(5), parameters(), {
			workflowId: 'without what was kept',
			resumeToken: 'of the first',
			mode: 'retry',
		});
		expect(run.error).toBeUndefined();
		expect(texted()).toEqual(leads(5).map(({ to }) => to));
	});

	it('of an older n8n, which does not say of what, sends nobody the same words within a day', async () => {
		const first = await bench.run(leads(3), parameters(), { resumeToken: null });
		const forgotten = await bench.run(leads(4).slice(3), parameters(), { resumeToken: null });
		expect(forgotten.error).toBeUndefined();
		const run = await died(leads(5), first.staticData, null);
		expect(run.error).toBeUndefined();
		// The fourth stands in Twilio's list alone.
		expect(texted()).toEqual(leads(5).map(({ to }) => to));
		expect(jsons(run).map(({ repeated }) => repeated)).toEqual([true, true, true, true, false]);
	});
});
