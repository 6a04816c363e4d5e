'use strict';

const { basename } = require('node:path');
const { default: TestRunner } = require('jest-runner');

const AT_ONCE = 3;

/** Those that take longest, from the longest on: begun last, one would run on alone. */
const FIRST = [
	'silence',
	'flood',
	'send-sms',
	'send-list',
	'workflows',
	'thread-memory',
	'backlog',
	'inbound',
	'missed-texts',
	'queue-mode',
	'crash',
	'acting-crash',
	'automatic',
	'missed-call',
	'calls-while-down',
	'right-person',
];

/**
 * The end-to-end files mostly wait for n8n, so a few share the time; more would only make one n8n wait
 * for the other. They share the n8n of the global set-up, and nothing in it. Those of the faults mostly
 * wait for silence, each beside an n8n of its own.
 */
module.exports = class SideBySideRunner extends TestRunner {
	constructor(globalConfig, context) {
		const maxWorkers = Math.min(globalConfig.maxWorkers, AT_ONCE);
		super({ ...globalConfig, maxWorkers }, context);
	}

	async runTests(tests, ...others) {
		const place = ({ path }) => {
			const at = FIRST.indexOf(basename(path, '.test.ts'));
			return at < 0 ? FIRST.length : at;
		};
		const longestFirst = [...tests].sort((one, other) => place(one) - place(other));
		return await super.runTests(longestFirst, ...others);
	}
};
