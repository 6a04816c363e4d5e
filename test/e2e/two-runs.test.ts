import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { poll } from '../../harness/poll';
import { environmentOfAnotherRun } from '../../harness/run';
import { ROOT } from '../../scripts/paths';
import { sharedN8n } from './support/shared-n8n';

/** The harness in a process of its own, as another run of the tests has it. */
class OtherRun {
	private constructor(
		private readonly harness: ChildProcess,
		readonly url: string,
	) {}

	static async start(port: number): Promise<OtherRun> {
		const harness = fork(join(ROOT, 'harness/main.ts'), ['--port', String(port)], {
			execArgv: ['--import', 'tsx'],
			cwd: ROOT,
			env: environmentOfAnotherRun(),
			stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
		});
		harnesses.push(harness);
		if (!harness.stdout) throw new Error('The harness has no output');
		// Other lines come first where the package has to be built.
		for await (const line of createInterface(harness.stdout)) {
			if (line.startsWith('{')) {
				return new OtherRun(harness, (JSON.parse(line) as { url: string }).url);
			}
		}
		throw new Error('The harness ended before its n8n had started');
	}

	async end(signal: NodeJS.Signals): Promise<void> {
		await end(this.harness, signal);
	}
}

const harnesses: ChildProcess[] = [];

async function end(harness: ChildProcess, signal: NodeJS.Signals): Promise<void> {
	if (harness.exitCode !== null || harness.signalCode !== null) return;
	const gone = once(harness, 'exit');
	harness.kill(signal);
	await gone;
}

const answers = async (url: string): Promise<boolean> =>
	await fetch(`${url}/healthz`).then(
		({ ok }) => ok,
		() => false,
	);

const silence = async (url: string) =>
	await poll(`no answer from ${url}`, async () => !(await answers(url)) || undefined);

describe('runs of the harness at the same time', () => {
	let one: OtherRun;
	let other: OtherRun;

	beforeAll(async () => {
		// In the range from which ports are taken, so that each would take the same.
		const wanted = 20_000 + (process.pid % 12_000);
		[one, other] = await Promise.all([OtherRun.start(wanted), OtherRun.start(wanted)]);
	});
	afterAll(async () => {
		await Promise.all(harnesses.map((harness) => end(harness, 'SIGTERM')));
	});

	it('have an n8n each, though both want the same port', async () => {
		expect(one.url).not.toBe(other.url);
		for (const url of [one.url, other.url, sharedN8n().url]) {
			expect(await answers(url)).toBe(true);
		}
	});

	it('end what a run has left that was cut off, and no n8n of a run that goes on', async () => {
		await one.end('SIGKILL');
		expect(await answers(one.url)).toBe(true); // nobody has ended its n8n yet
		const next = await OtherRun.start(20_000);

		await silence(one.url);
		for (const url of [other.url, next.url, sharedN8n().url]) {
			expect(await answers(url)).toBe(true);
		}
		await next.end('SIGTERM');
		await silence(next.url);
		expect(await answers(other.url)).toBe(true);
	});
});
