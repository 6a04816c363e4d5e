'use strict';
// Loaded into the measured n8n before anything else. On SIGUSR2 it writes down what the process holds.
const { renameSync, writeFileSync } = require('node:fs');

const file = process.env.BENCH_RESOURCES_FILE;

process.on('SIGUSR2', () => {
	global.gc?.();
	const resources = process.getActiveResourcesInfo();
	const count = (pattern) => resources.filter((name) => pattern.test(name)).length;
	const report = {
		heapMb: process.memoryUsage().heapUsed / 1024 / 1024,
		timers: count(/^Timeout$/),
		connections: count(/^(TCPSocketWrap|TLSWrap|PipeWrap)$/),
	};
	// Whole or not at all: somebody waits for the file.
	writeFileSync(`${file}.new`, JSON.stringify(report));
	renameSync(`${file}.new`, file);
});
