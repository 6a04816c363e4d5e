import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, it } from '@jest/globals';
import { startN8n } from '../../harness/n8n-host';
import { poll } from '../../harness/poll';
import { startQueueN8n } from '../../harness/queue-n8n';
import { sharedRedis } from '../../harness/servers/shared-redis';
import { keptInServer, twoWayAgent } from '../../harness/two-way-agent';
import { removeKeys } from '../support/redis-keys';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

/**
 * npm takes the old package's files away before it brings the new ones, and n8n runs on with what it
 * has until somebody restarts it. What is worst for us: nothing has come back yet.
 */
function takePackageAway(userFolder: string): void {
	const folder = join(userFolder, '.n8n/nodes/node_modules/n8n-nodes-sms-agent');
	expect(existsSync(join(folder, 'dist'))).toBe(true);
	rmSync(folder, { recursive: true });
}

const REDIS = { host: '127.0.0.1', port: 6379, prefix: `update-${process.pid}` };

/** From publishing on; nothing tells when it is done. */
const LOADED_MS = 5_000;

const toClose: Array<() => Promise<void>> = [];
afterEach(async () => {
	for (const close of toClose.splice(0).reverse()) await close();
});

/** Whom n8n has answered, all of them having texted at once. */
async function answered(fixture: E2eFixture, contacts: string[]): Promise<string[]> {
	const { twilio, number } = fixture;
	const sent = await Promise.all(
		contacts.map((from) =>
			twilio.textFromContact({ from, to: number.phoneNumber, body: 'Are you open?' }),
		),
	);
	const statuses = sent.flatMap(({ deliveries }) => deliveries.map(({ status }) => status));
	expect(statuses).toEqual(contacts.map(() => 200));
	const answers: string[] = [];
	for (const to of contacts) {
		const answer = () => twilio.messages({ to })[0];
		answers.push((await poll(`an answer to ${to}`, answer, { timeoutMs: 90_000 })).to);
	}
	return answers;
}

const contacts = (first: number) => Array.from({ length: 5 }, (_, i) => `+1415555${first + i}`);

it('answers texts when the files are taken away before the first one', async () => {
	const n8n = await startN8n();
	toClose.push(() => n8n.stop());
	const fixture = await openE2eFixture({ n8n, withService: true });
	toClose.push(() => fixture.close());
	const kept = { parameters: { threadStore: 'embedded' } };
	await fixture.startWorkflow(twoWayAgent(fixture, { kept }));
	await pause(LOADED_MS);

	takePackageAway(n8n.userFolder);
	expect(await answered(fixture, contacts(1200))).toEqual(contacts(1200));
});

it('answers texts in queue mode when the files are taken away while n8n works', async () => {
	const n8n = await startQueueN8n({ workers: 1 });
	toClose.push(() => n8n.stop());
	const fixture = await openE2eFixture({ n8n, withService: true });
	toClose.push(() => fixture.close());
	const kept = await keptInServer(fixture, 'redis', REDIS);
	toClose.push(async () => removeKeys(await sharedRedis(REDIS.prefix)));
	await fixture.startWorkflow(twoWayAgent(fixture, { kept }));
	expect(await answered(fixture, contacts(1300))).toEqual(contacts(1300));

	const { main, webhook, workers } = n8n.processes;
	for (const { userFolder } of [main, webhook, ...workers]) takePackageAway(userFolder);
	expect(await answered(fixture, contacts(1400))).toEqual(contacts(1400));
});
