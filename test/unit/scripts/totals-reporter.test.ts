import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import TotalsReporter from '../../../scripts/totals-reporter';

const VAIN = [
	'Error: Waited 90000 ms in vain for 1 ended executions of workflow 7',
	'Error: No such message within 90000 ms. There were:',
	'thrown: "Exceeded timeout of 300000 ms for a hook.',
];
const WRONG = 'expect(received).toEqual(expected) // two replies';

let folder: string;

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'totals-'));
	process.env['TEST_TOTALS_FILE'] = join(folder, 'totals.json');
});
afterEach(() => {
	delete process.env['TEST_TOTALS_FILE'];
	rmSync(folder, { recursive: true });
});

/** What the reporter leaves of one file with these failures, and one test that passed. */
function waitedInVain(...failures: string[]): unknown {
	const failed = failures.map((text) => ({ status: 'failed', failureMessages: [text] }));
	const file = {
		testFilePath: join(process.cwd(), 'test/e2e/inbound.test.ts'),
		numPassingTests: 1,
		numFailingTests: failed.length,
		testResults: [{ status: 'passed', failureMessages: [] }, ...failed],
	};
	new TotalsReporter().onRunComplete(undefined, { testResults: [file] });
	const totals = readFileSync(join(folder, 'totals.json'), 'utf8');
	return (JSON.parse(totals) as { waitedInVain: unknown }).waitedInVain;
}

describe('the totals of a run', () => {
	it('name a file whose tests all waited in vain, for it is run once more', () => {
		expect(waitedInVain(...VAIN)).toEqual([
			{ file: 'test/e2e/inbound.test.ts', passed: 1, failed: VAIN.length },
		]);
	});

	it.each([[[WRONG]], [[...VAIN, WRONG]], [[]]])('give no second try to %j', (failures) => {
		expect(waitedInVain(...failures)).toEqual([]);
	});
});
