'use strict';
// Loaded into the measured n8n before anything else: n8n's Twilio Trigger knows one address for
// Twilio's event streams, and the benchmark has its own.
const http = require('node:http');
const https = require('node:https');

const HOST = 'events.twilio.com';
const emulator = new URL(process.env.BENCH_EVENTS_URL);
const { request } = https;

https.request = function (options, ...others) {
	if ((options.hostname ?? options.host) !== HOST) return request.call(this, options, ...others);
	const { method, path, headers } = options;
	const { hostname, port } = emulator;
	return http.request({ hostname, port, method, path, headers }, ...others);
};
