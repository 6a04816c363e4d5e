import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { takePort, type DemoPort } from '../../../scripts/demo/demo-port';

describe('a port of the demo', () => {
	let other: Server;
	let port: DemoPort;
	let told: string[];
	beforeEach(async () => {
		other = createServer();
		await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
		const { port: usual } = other.address() as AddressInfo;
		port = { what: 'the phone page', variable: 'PHONE_PORT', usual };
		told = [];
	});
	afterEach(() => new Promise<void>((resolve) => other.close(() => resolve())));
	const take = async (env: NodeJS.ProcessEnv = {}) =>
		await takePort(port, env, (line) => told.push(line));

	it('is the usual one, and nothing is said', async () => {
		await new Promise<void>((resolve) => other.close(() => resolve()));
		expect(await take()).toBe(port.usual);
		expect(told).toEqual([]);
		await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
	});

	it('is another where that is taken, and it is said which, what for and how to choose', async () => {
		const taken = await take();
		expect(taken).toBeGreaterThan(port.usual);
		expect(told).toEqual([
			`Port ${port.usual}, the usual one for the phone page, is taken by another program: it is ${taken} this time. To choose one, set PHONE_PORT before npm start.`,
		]);
	});

	it('that somebody chose is taken, or refused with the way out', async () => {
		const chosen = await take({ PHONE_PORT: String(port.usual + 1) });
		expect(chosen).toBe(port.usual + 1);
		expect(told).toEqual([]);
		await expect(take({ PHONE_PORT: String(port.usual) })).rejects.toThrow(
			`Port ${port.usual}, which PHONE_PORT chooses for the phone page, is taken by another program. End that one, or set PHONE_PORT to another port.`,
		);
	});

	it.each(['abc', '0', '70000', '80.5'])('is a number, unlike %s', async (given) => {
		await expect(take({ PHONE_PORT: given })).rejects.toThrow(
			`PHONE_PORT is "${given}". Set it to a port: a number from 1 to 65535.`,
		);
	});
});
