import { Agent, request } from 'node:http';
import { PARALLEL } from './sizes';

/** One request as it goes over the wire: headers in their order, and twice where they are twice. */
export interface RawRequest {
	method: string;
	/** With the query. */
	path: string;
	/** `Host`, `Connection` and `Content-Length` are added where they are not given. */
	headers: Array<[string, string]>;
	body: Buffer;
}

export interface Answer {
	/** 0 where the connection was cut, or nothing came for long. */
	status: number;
	body: string;
}

/** Longer than any busy n8n takes. */
const NO_ANSWER_MS = 60_000;

/** Sends to one n8n over connections that stay open. */
export class Attacker {
	private readonly agent: Agent;
	private readonly origin: URL;

	constructor(
		origin: string,
		private readonly parallel = PARALLEL,
		private readonly patienceMs = NO_ANSWER_MS,
	) {
		this.origin = new URL(origin);
		this.agent = new Agent({ keepAlive: true, maxSockets: parallel });
	}

	/** Sends all of them, so many at a time. The list may be made while it is sent. */
	async sendAll<T extends { request: RawRequest }>(
		attacks: Iterable<T>,
		onAnswer: (attack: T, answer: Answer) => void,
	): Promise<void> {
		const waiting = attacks[Symbol.iterator]();
		const worker = async () => {
			for (let next = waiting.next(); !next.done; next = waiting.next()) {
				onAnswer(next.value, await this.send(next.value.request));
			}
		};
		await Promise.all(Array.from({ length: this.parallel }, worker));
	}

	/** A connection that n8n closes at the very moment it is used again says nothing: tried once more. */
	async send(attack: RawRequest): Promise<Answer> {
		const first = await this.sendOnce(attack);
		return first.status === 0 ? await this.sendOnce(attack) : first;
	}

	private async sendOnce({ method, path, headers, body }: RawRequest): Promise<Answer> {
		const given = new Set(headers.map(([name]) => name.toLowerCase()));
		const usual: Array<[string, string]> = [
			['Host', this.origin.host],
			['Connection', 'keep-alive'],
			['Content-Length', String(body.byteLength)],
		];
		const missing = usual.filter(([name]) => !given.has(name.toLowerCase()));
		return await new Promise((resolve) => {
			const { hostname, port } = this.origin;
			const call = request(
				{
					hostname,
					port,
					method,
					path,
					headers: [...missing, ...headers].flat(),
					agent: this.agent,
				},
				(response) => {
					const chunks: Buffer[] = [];
					const answered = () =>
						resolve({
							status: response.statusCode ?? 0,
							body: Buffer.concat(chunks).toString('utf8'),
						});
					response.on('data', (chunk: Buffer) => chunks.push(chunk));
					response.on('end', answered);
					response.on('error', answered);
				},
			);
			call.on('error', () => resolve({ status: 0, body: '' }));
			call.setTimeout(this.patienceMs, () => call.destroy());
			call.end(body);
		});
	}

	close(): void {
		this.agent.destroy();
	}
}
