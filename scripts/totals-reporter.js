'use strict';

const { writeFileSync } = require('node:fs');
const { relative } = require('node:path');

/** What a test says that waited for something which did not come; whatever else it finds is no matter of time. */
const IN_VAIN = /in vain for|No such message within \d+ ms|Exceeded timeout of \d+ ms/;

/** Leaves the totals of a Jest run where scripts/run-tests.ts finds them. */
module.exports = class TotalsReporter {
	onRunComplete(_contexts, results) {
		const name = ({ testFilePath }) => relative(process.cwd(), testFilePath);
		const secondTries = results.testResults.flatMap(({ testFilePath, testResults }) =>
			testResults
				.filter(({ status, invocations = 1 }) => status === 'passed' && invocations > 1)
				.map(({ fullName }) => `${name({ testFilePath })}: ${fullName}`),
		);
		const waitedInVain = results.testResults
			.filter((file) => file.numFailingTests > 0 && everyFailureWaited(file))
			.map((file) => ({
				file: name(file),
				passed: file.numPassingTests,
				failed: file.numFailingTests,
			}));
		const totals = {
			passed: results.numPassedTests,
			// A file that could not be run at all counts as one failure.
			failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
			skipped: results.numPendingTests + results.numTodoTests,
			secondTries,
			waitedInVain,
		};
		writeFileSync(process.env.TEST_TOTALS_FILE, JSON.stringify(totals));
	}
};

function everyFailureWaited({ testResults }) {
	const failed = testResults.filter(({ status }) => status === 'failed');
	return failed.every(({ failureMessages }) =>
		failureMessages.every((text) => IN_VAIN.test(text)),
	);
}
