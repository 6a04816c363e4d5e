'use strict';

const { writeFileSync } = require('node:fs');

/** Leaves the totals of a Jest run where scripts/run-tests.ts finds them. */
module.exports = class TotalsReporter {
	onRunComplete(_contexts, results) {
		const totals = {
			passed: results.numPassedTests,
			// A file that could not be run at all counts as one failure.
			failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
			skipped: results.numPendingTests + results.numTodoTests,
		};
		writeFileSync(process.env.TEST_TOTALS_FILE, JSON.stringify(totals));
	}
};
