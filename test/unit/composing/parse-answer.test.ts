import { describe, expect, it } from '@jest/globals';
import { MalformedCompositionError } from '../../../nodes/shared/composing/model-error';
import {
	answerForm,
	type AskedForm,
	parseAnswer,
} from '../../../nodes/shared/composing/parse-answer';

const complete = (answer: string) => parseAnswer(answer, false);
const cutOff = (answer: string) => parseAnswer(answer, true);

describe('parseAnswer', () => {
	it.each([
		['bare', '{"kind":"reply","reply":"Hi there","reason":null}'],
		['in a code fence', '```json\n{"kind":"reply","reply":"Hi there"}\n```'],
		['behind a sentence', 'Here it is: {"kind":"reply","reply":" Hi there "}'],
		['behind reasoning', '<think>They say hi. {</think>\n{"kind":"reply","reply":"Hi there"}'],
		['with a field of its own', '{"kind":"reply","reply":"Hi there","confidence":1}'],
	])('reads the agreed JSON, %s', (_, answer) => {
		expect(complete(answer)).toEqual({ kind: 'reply', text: 'Hi there' });
	});

	it('reads a hand-over and a silence with their reasons', () => {
		expect(complete('{"kind":"needsHuman","reply":null,"reason":"Wants a refund"}')).toEqual({
			kind: 'needsHuman',
			reason: 'Wants a refund',
		});
		expect(complete('{"kind":"noReply","reply":"","reason":"Said bye"}')).toEqual({
			kind: 'noReply',
			reason: 'Said bye',
		});
	});

	it.each([
		['bare', 'please let me be'],
		['in quotation marks', '“please let me be”'],
		['with the sign after them', '"please let me be".'],
	])('reads an opt-out with the words that ask for it, %s', (_, quoted) => {
		const answer = { kind: 'optOut', reply: null, reason: quoted };
		expect(complete(JSON.stringify(answer))).toEqual({
			kind: 'optOut',
			words: 'please let me be',
		});
	});

	it('hands over an opt-out that quotes nothing', () => {
		expect(complete('{"kind":"optOut","reply":null,"reason":" "}')).toMatchObject({
			kind: 'needsHuman',
			reason: expect.stringContaining('does not quote'),
		});
	});

	it.each<[string, AskedForm]>([
		['as usual', {}],
		['with tools', { acts: true }],
		['with agents to pass to', { passTo: ['Billing'] }],
		['on a task', { taskOn: true }],
	])('asks in words for every outcome that the schema knows, %s', (_, asked) => {
		const { format, schema } = answerForm(asked);
		const properties = schema['properties'] as Record<string, { enum?: string[] }>;
		const kinds = [...format.matchAll(/"kind": "(\w+)"/g)].map(([, kind]) => kind ?? '');
		expect(kinds.toSorted()).toEqual(properties['kind']?.enum?.toSorted());
		expect(Object.keys(properties)).toEqual(schema['required']);
	});

	it('costs no word for passing on and tasks where there is neither', () => {
		expect(JSON.stringify(answerForm({}))).not.toMatch(/transfer|"to"|task/i);
		expect(answerForm({ passTo: ['Billing'] }).format).toContain('"Billing"');
	});

	it('reads whether the task is done, where there is one', () => {
		const answer = '{"kind":"reply","reply":"Booked.","reason":null,"taskDone":true}';
		const text = { kind: 'reply', text: 'Booked.' };
		expect(parseAnswer(answer, false, { taskOn: true })).toEqual({ ...text, taskDone: true });
		expect(complete(answer)).toEqual(text);
		const open = answer.replace('true', '"perhaps"');
		expect(parseAnswer(open, false, { taskOn: true })).toEqual(text);
	});

	it('reads a transfer to an agent that was offered, and hands over any other', () => {
		const answer = (to: string | null) =>
			JSON.stringify({ kind: 'transfer', reply: null, reason: 'An invoice', to });
		const asked = { passTo: ['Billing', 'Sales'] };
		expect(parseAnswer(answer(' billing'), false, asked)).toEqual({
			kind: 'transfer',
			to: 'Billing',
			reason: 'An invoice',
		});
		for (const to of ['The CEO', '', null]) {
			expect(parseAnswer(answer(to), false, asked).kind).toBe('needsHuman');
		}
		expect(complete(answer('Billing'))).toMatchObject({
			kind: 'needsHuman',
			reason: expect.stringContaining('An invoice'),
		});
	});

	it('hands over even without a reason', () => {
		expect(complete('{"kind":"needsHuman"}')).toEqual({
			kind: 'needsHuman',
			reason: 'The model gave no reason.',
		});
	});

	it('takes plain words for the reply', () => {
		expect(complete(' See you at 4 pm {if it is dry}')).toEqual({
			kind: 'reply',
			text: 'See you at 4 pm {if it is dry}',
		});
		expect(complete('"See you at 4 pm"')).toEqual({ kind: 'reply', text: 'See you at 4 pm' });
		expect(cutOff('See you at 4 pm.')).toEqual({ kind: 'reply', text: 'See you at 4 pm.' });
	});

	it.each([
		['nothing', ''],
		['blanks', ' \n'],
		['half of the JSON', '{"kind":"reply","reply":"Hi'],
		['half of a code fence', '```json\n{"kind":"reply",'],
		['another shape', '{"kind":"answer","text":"Hello"}'],
		['another shape without a kind', '{"text":"Hello"}'],
		['a list', '["Hi"]'],
		['JSON that went wrong after a sentence', 'Sure! "kind": "reply", "reply": "Hi"'],
		['a reply without words', '{"kind":"reply","reply":"  "}'],
		['JSON within the reply', '{"kind":"reply","reply":"{\\"kind\\":\\"reply\\"}"}'],
		['reasoning that was cut off', '<think>The contact wants'],
		['the end of reasoning', 'wants a refund.</think>Hi'],
	])('never takes %s for words', (_, answer) => {
		expect(() => complete(answer)).toThrow(MalformedCompositionError);
	});

	it('takes words behind a mark for words', () => {
		expect(complete('[operator] Hi')).toEqual({ kind: 'reply', text: '[operator] Hi' });
	});

	it('refuses plain words that were cut off within a sentence', () => {
		expect(() => cutOff('See you at 4')).toThrow(MalformedCompositionError);
	});
});
