import { createServer } from 'node:net';

/** A port that was free a moment ago, `wanted` itself where possible, else the next free one. */
export async function freePort(wanted = 0): Promise<number> {
	for (let port = wanted; ; port++) {
		const free = await tryPort(port);
		if (free !== undefined) return free;
		if (port >= wanted + 100) throw new Error(`No free port from ${wanted} to ${port}`);
	}
}

function tryPort(port: number): Promise<number | undefined> {
	return new Promise((resolve) => {
		const server = createServer();
		server.once('error', () => resolve(undefined));
		server.listen(port, '127.0.0.1', () => {
			const address = server.address();
			server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
		});
	});
}
