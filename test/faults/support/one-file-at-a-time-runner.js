'use strict';

const { default: TestRunner } = require('jest-runner');

/** Each scenario measures itself against the machine: nothing of this project runs beside another file of it. */
module.exports = class OneFileAtATimeRunner extends TestRunner {
	isSerial = true;
};
