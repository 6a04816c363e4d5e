import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CONTACT, openSendSmsBench, OURS, type SendSmsBench } from './support/send-sms-bench';

let bench: SendSmsBench;
beforeAll(async () => {
	bench = await openSendSmsBench();
});
beforeEach(() => bench.reset());
afterAll(() => bench.close());

const parameters = (options: object = {}) => ({
	to: '={{ $json.to }}',
	body: '={{ $json.words }}',
	from: OURS,
	options: { ...options },
});
const texts = (count: number) =>
	Array.from({ length: count }, (_, n) => ({ to: CONTACT, words: `Text ${n}` }));

describe('Send SMS as a step', () => {
	it('texts each lead of a long list', async () => {
		const leads = Array.from({ length: 150 }, (_, n) => ({
			to: `+1415555${String(2_000 + n)}`,
			words: 'Are you still looking?',
		}));
		const { error } = await bench.run(leads, parameters());
		expect(error).toBeUndefined();
		expect(bench.texts()).toHaveLength(150);
	});

	it('texts one number twenty times within an hour, and says how to have more', async () => {
		const first = await bench.run(texts(15), parameters());
		expect(first.error).toBeUndefined();
		const { outputs } = await bench.run(texts(7), parameters(), {
			settings: { onError: 'continueRegularOutput' },
			staticData: first.staticData,
		});
		expect(bench.texts()).toHaveLength(20);
		expect(outputs[0]?.map(({ json }) => json['status']).slice(-2)).toEqual([
			'notSent',
			'notSent',
		]);
		expect(outputs[0]?.at(-1)?.json['error']).toMatch(
			/^Not sent: \+14155550123 has had 20 texts .* raise Most Texts per Contact and Hour/,
		);
	});

	it('texts as many as the option says', async () => {
		const { error } = await bench.run(texts(30), parameters({ textsPerContact: 40 }));
		expect(error).toBeUndefined();
		expect(bench.texts()).toHaveLength(30);
	});

	it('asks the model no more often for one contact than it may', async () => {
		const { outputs } = await bench.run(
			texts(3),
			{
				...parameters({ modelCallsPerContact: 2 }),
				mode: 'ai',
				model: { __rl: true, mode: 'id', value: 'emulated-small' },
				smsPrompt: 'You are Ava.',
				instruction: '={{ $json.words }}',
			},
			{ settings: { onError: 'continueRegularOutput' } },
		);
		expect(bench.model.requests).toHaveLength(2);
		expect(outputs[0]?.at(-1)?.json['error']).toMatch(
			/raise Most Model Calls per Contact and Hour/,
		);
	});
});
