'use strict';

const { default: TestRunner } = require('jest-runner');

const AT_ONCE = 2;

/**
 * The end-to-end files mostly wait for n8n, so two share the time; more would only make one n8n wait
 * for the other. They share the n8n of the global set-up, and nothing in it.
 */
module.exports = class TwoFilesAtATimeRunner extends TestRunner {
	constructor(globalConfig, context) {
		const maxWorkers = Math.min(globalConfig.maxWorkers, AT_ONCE);
		super({ ...globalConfig, maxWorkers }, context);
	}
};
