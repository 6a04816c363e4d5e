/** Whether only this machine or its own network can reach the URL; Twilio cannot. */
export function isPrivateUrl(url: string): boolean {
	const { hostname } = new URL(url);
	const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
	if (host.includes(':')) return PRIVATE_V6.some((range) => range.test(host));
	if (/^\d+(?:\.\d+){3}$/.test(host)) return PRIVATE_V4.some((range) => range.test(host));
	// A name without a dot (localhost, n8n) is known inside its own network only.
	return !host.includes('.') || PRIVATE_NAME.test(host);
}

const PRIVATE_V4 = [
	/^0\./,
	/^10\./,
	/^127\./,
	/^169\.254\./,
	/^172\.(?:1[6-9]|2\d|3[01])\./,
	/^192\.168\./,
	/^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./,
];
const PRIVATE_V6 = [/^::1?$/, /^f[cd]/, /^fe[89ab]/, /^::ffff:/];
const PRIVATE_NAME = /\.(?:local|localhost|internal|lan|home|home\.arpa|test)$/;
