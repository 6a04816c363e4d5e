'use strict';

const dns = require('node:dns');
const net = require('node:net');

// Unit tests run on nothing. What talks to a socket is an integration test: test/integration.
const REFUSED = [
	[net.Socket.prototype, 'connect'],
	[net.Server.prototype, 'listen'],
	[dns, 'lookup'],
];

// The modules are the process's own, and another project's tests may come after these.
const originals = REFUSED.map(([owner, name]) => owner[name]);

beforeAll(() => {
	for (const [owner, name] of REFUSED) {
		owner[name] = () => {
			throw new Error(`A unit test called ${name}(); move it to test/integration.`);
		};
	}
});

afterAll(() => {
	REFUSED.forEach(([owner, name], index) => (owner[name] = originals[index]));
});
