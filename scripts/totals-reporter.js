'use strict';

const { writeFileSync } = require('node:fs');
const { relative } = require('node:path');

/** Leaves the totals of a Jest run where scripts/run-tests.ts finds them. */
module.exports = class TotalsReporter {
	onRunComplete(_contexts, results) {
		const secondTries = results.testResults.flatMap(({ testFilePath, testResults }) =>
			testResults
				.filter(({ status, invocations = 1 }) => status === 'passed' && invocations > 1)
				.map(({ fullName }) => `${relative(process.cwd(), testFilePath)}: ${fullName}`),
		);
		const totals = {
			passed: results.numPassedTests,
			// A file that could not be run at all counts as one failure.
			failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
			skipped: results.numPendingTests + results.numTodoTests,
			secondTries,
		};
		writeFileSync(process.env.TEST_TOTALS_FILE, JSON.stringify(totals));
	}
};
