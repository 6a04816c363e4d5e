import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that systems give to outgoing connections (Linux from 32768), which could take one meanwhile. */
const LOWEST = 20_000;
const HIGHEST = 32_000;
const TRIES = 100;

/**
 * A port of the loopback address that nothing listens on: `wanted` where possible, else one of the
 * next. It stays the caller's until this process ends: nobody else who asks here gets it, in this
 * process or another, so what listens on it may start later, stop, and start again.
 */
export async function claimPort(wanted = randomInt(LOWEST, HIGHEST)): Promise<number> {
	for (let port = wanted; port < wanted + TRIES; port++) {
		if (await claim(port)) return port;
	}
	throw new Error(`No free port from ${wanted} to ${wanted + TRIES - 1}`);
}

/**
 * The UDP port of the same number marks the claim. The system gives it to one process, and takes it
 * back when that process ends, however it ends: no mark is ever left over.
 */
async function claim(port: number): Promise<boolean> {
	const mark = createSocket('udp4').unref();
	try {
		mark.bind({ port, address: '127.0.0.1', exclusive: true });
		await once(mark, 'listening');
	} catch {
		mark.close();
		return false;
	}
	if (await isFree(port)) return true;
	mark.close();
	return false;
}

function isFree(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const server = createServer();
		server.once('error', () => resolve(false));
		server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
	});
}
