'use strict';

const { afterAll } = require('@jest/globals');

/**
 * What the package leaves to be done later, such as telling a store that is away of a text, ends with
 * the tests of a file. Else it may ask for a module when Jest has taken the file's modules away, and
 * Jest then fails as a whole.
 */
const ENDERS = { setTimeout: 'clearTimeout', setImmediate: 'clearImmediate' };
const waiting = new Set();

for (const [start, end] of Object.entries(ENDERS)) {
	const original = globalThis[start];
	const tracked = (run, ...rest) => {
		const entry = {};
		const timer = original(
			(...given) => {
				waiting.delete(entry);
				run(...given);
			},
			...rest,
		);
		entry.end = () => globalThis[end](timer);
		waiting.add(entry);
		return timer;
	};
	globalThis[start] = Object.assign(tracked, original);
	Object.defineProperties(globalThis[start], Object.getOwnPropertyDescriptors(original));
}

afterAll(() => {
	for (const { end } of waiting) end();
	waiting.clear();
});
