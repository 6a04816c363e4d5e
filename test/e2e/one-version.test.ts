import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { poll } from '../../harness/poll';
import { copyPackage, startQueueN8n, type QueueN8n } from '../../harness/queue-n8n';
import type { RestartableN8n } from '../../harness/restartable-n8n';
import { sharedRedis } from '../../harness/servers/shared-redis';
import { keptInServer, twoWayAgent } from '../../harness/two-way-agent';
import { removeKeys } from '../support/redis-keys';
import { version } from '../../package.json';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

const CONTACT = '+14155550199';
const REDIS = { host: '127.0.0.1', port: 6379, prefix: `one-version-${process.pid}` };
/** The trigger looks once a minute in queue mode, and gives a run a minute to begin. */
const LOOKS_MS = 240_000;

let n8n: QueueN8n;
let fixture: E2eFixture;
let worker: RestartableN8n;
let workflowId: string;

beforeAll(async () => {
	n8n = await startQueueN8n({ workers: 1, workersWithoutPackage: true });
	fixture = await openE2eFixture({ n8n, withService: true });
	[worker] = n8n.processes.workers as [RestartableN8n];
	const kept = await keptInServer(fixture, 'redis', REDIS);
	({ id: workflowId } = await fixture.startWorkflow(twoWayAgent(fixture, { kept })));
});
afterAll(async () => {
	await fixture?.close();
	await n8n?.stop();
	await removeKeys(await sharedRedis(REDIS.prefix));
});

const text = async (body: string) =>
	await fixture.twilio.textFromContact({
		from: CONTACT,
		to: fixture.number.phoneNumber,
		body,
	});
const replies = () => fixture.twilio.messages({ to: CONTACT });
const reply = async (number: number) =>
	await poll('a reply', async () => replies()[number - 1], { timeoutMs: LOOKS_MS });
const untilLogged = async (process: RestartableN8n, words: string) =>
	await poll(`"${words}" in a log`, () => process.logs().includes(words) || undefined, {
		timeoutMs: LOOKS_MS,
	});

it('tells that a worker lacks the package, and answers once it has it', async () => {
	await text('Hi, my name is Maria');
	await untilLogged(worker, 'Worker errored while running execution');
	// n8n's main never hears of a run that fails before main has begun to wait for it.
	await worker.kill();
	await untilLogged(n8n.processes.main, 'Enqueued execution');
	await worker.restart();
	await untilLogged(n8n.processes.main, 'cannot run this workflow');
	expect(n8n.processes.main.logs()).toMatch(
		new RegExp(
			`Incoming SMS Trigger: n8n cannot run this workflow, and texts wait: .*[Uu]nrecognized node type.*Install n8n-nodes-sms-agent ${version} on every process`,
		),
	);
	expect(replies()).toEqual([]);

	copyPackage(n8n.processes.main.userFolder, worker.userFolder);
	await worker.restart();
	await reply(1);
	await text('What is my name?');
	expect((await reply(2))?.body).toContain('Maria');
	expect(replies()).toHaveLength(2);
}, 600_000);

it('tells in the run and in the log that a worker has another version', async () => {
	expect(worker.logs()).not.toContain('this worker has');
	pretendVersion(worker.userFolder, '9.9.9');
	await worker.restart();
	await text('Are you open on Friday?');
	await reply(3);
	const told = `n8n-nodes-sms-agent ${version} has begun this run, and this worker has 9.9.9.`;
	await untilLogged(worker, told);
	// n8n writes the run down when it ends, which comes after the reply and the log.
	await poll(`a run that says: ${told}`, async () => {
		const runs = await fixture.client.executions(workflowId);
		return JSON.stringify(runs).includes(told) || undefined;
	});
});

/** The installed package takes itself for this version. */
function pretendVersion(userFolder: string, other: string): void {
	const chunks = join(userFolder, '.n8n/nodes/node_modules/n8n-nodes-sms-agent/dist/chunks');
	const files = readdirSync(chunks)
		.map((name) => join(chunks, name))
		.filter((path) => readFileSync(path, 'utf8').includes(`"${version}"`));
	expect(files).toHaveLength(1);
	for (const path of files) {
		writeFileSync(path, readFileSync(path, 'utf8').replaceAll(`"${version}"`, `"${other}"`));
	}
}
