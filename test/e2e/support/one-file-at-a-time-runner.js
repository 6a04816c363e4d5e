'use strict';

const { default: TestRunner } = require('jest-runner');

/** The end-to-end files share one n8n: they run after each other, in Jest's own process. */
module.exports = class OneFileAtATimeRunner extends TestRunner {
	isSerial = true;
};
