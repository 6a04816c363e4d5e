import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface LocalServer {
	readonly port: number;
	readonly baseUrl: string;
	/** Drops every open connection, so that requests left hanging on purpose are released. */
	close(): Promise<void>;
}

/** Listens on the loopback address only. Port 0 takes a free one. Rejects when the port is taken. */
export async function listenLocally(listener: RequestListener, port = 0): Promise<LocalServer> {
	const server = createServer(listener);
	const sockets = new Set<Socket>();
	server.on('connection', (socket) => {
		sockets.add(socket);
		socket.on('close', () => sockets.delete(socket));
	});
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen(port, '127.0.0.1', resolve);
	});
	const address = server.address() as AddressInfo;
	return {
		port: address.port,
		baseUrl: `http://127.0.0.1:${address.port}`,
		close: () =>
			new Promise<void>((resolve) => {
				server.close(() => resolve());
				for (const socket of sockets) socket.destroy();
			}),
	};
}
