import { Socket } from 'node:net';

/** How long a server may take to say goodbye before its sockets are torn down. */
const GOODBYE_MS = 500;

/** The sockets of one pool, so that closing it leaves none behind. */
export class TrackedSockets {
	private readonly open = new Set<Socket>();

	make(): Socket {
		const socket = new Socket();
		this.open.add(socket);
		socket.once('close', () => this.open.delete(socket));
		return socket;
	}

	/** A server that hangs never answers a goodbye, and its sockets would keep the process alive. */
	async allClosed(): Promise<void> {
		const patience = setTimeout(() => {
			for (const socket of this.open) socket.destroy();
		}, GOODBYE_MS);
		await Promise.all(
			[...this.open].map(
				async (socket) => await new Promise((resolve) => socket.once('close', resolve)),
			),
		);
		clearTimeout(patience);
	}
}
