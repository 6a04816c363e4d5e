import { describe, expect, it } from '@jest/globals';
import { figure, ratioText, verdict } from '../../../bench/support/figures';
import { markdownTable, withSection } from '../../../bench/support/markdown-table';
import { inRounds, figuresOf } from '../../../bench/support/rounds';

describe('the report of the benchmarks', () => {
	it('keeps three figures', () => {
		expect([0.12345, 1.2345, 12.345, 123.45, 1234.5, 0].map(figure)).toEqual([
			'0.123',
			'1.23',
			'12.3',
			'123',
			'1235',
			'0.00',
		]);
		expect(figure(NaN)).toBe('–');
	});

	it('says of a target whether the median keeps it', () => {
		const ratio = { median: 1.3, low: 1, high: 2 };
		expect(ratioText(ratio)).toBe('1.30 (1.00–2.00)');
		expect(verdict(ratio, { atMost: 1.3 })).toBe('≤ 1.3: met');
		expect(verdict(ratio, { atLeast: 1.31 })).toBe('≥ 1.31: **missed**');
	});

	it('writes a table, whatever is in its cells', () => {
		const table = { caption: 'Turns', columns: ['Build', 'ms'], rows: [['a|b', '1']] };
		expect(markdownTable(table).split('\n')).toEqual([
			'**Turns**',
			'',
			'| Build | ms |',
			'| --- | ---: |',
			'| a\\|b | 1 |',
		]);
	});

	it('replaces what stands between its markers and nothing else', () => {
		const document = 'before\n<!-- bench:ack -->\nold\n<!-- /bench:ack -->\nafter';
		const once = withSection(document, 'ack', 'new');
		expect(once).toBe('before\n<!-- bench:ack -->\n\nnew\n\n<!-- /bench:ack -->\nafter');
		expect(withSection(once, 'ack', 'new')).toBe(once);
		expect(() => withSection(document, 'turns', 'new')).toThrow('no place for "turns"');
	});

	it('gives every build its go in every round, after a warm-up that does not count', async () => {
		const goes: string[] = [];
		const results = await inRounds(['a', 'b'], 2, async (key, warmUp) => {
			goes.push(warmUp ? `warm ${key}` : key);
			return goes.length;
		});
		expect(goes).toEqual(['warm a', 'warm b', 'a', 'b', 'b', 'a']);
		expect(figuresOf(results, 'b', (result) => result)).toEqual([4, 5]);
	});
});
