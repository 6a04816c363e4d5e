import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startN8n, type N8nHost } from '../../harness/n8n-host';
import type { StoredExecution } from '../../harness/n8n-client';
import { setTimeout as pause } from 'node:timers/promises';
import { poll } from '../../harness/poll';
import { startQueueN8n, type QueueN8n } from '../../harness/queue-n8n';
import { keptInServer, type Kept } from '../../harness/two-way-agent';
import { settingsOfServer } from '../../harness/servers/postgres-server';
import { TestSchema } from '../support/test-schema';
import { removeKeys } from '../support/redis-keys';
import { sharedRedis } from '../../harness/servers/shared-redis';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';
import { sharedN8n } from './support/shared-n8n';
import { handIn, listWorkflow, rowsOf } from './support/list-workflow';

const REDIS = { host: '127.0.0.1', port: 6379, prefix: `send-list-${process.pid}` };
const PEOPLE = 60;
/** Slow enough to be in the middle of something when it ends. */
const TWILIO_MS = 300;

interface Stage {
	fixture: E2eFixture;
	kept: Kept;
	/** Where webhooks are taken. */
	url: string;
	/** Ends what sends, as a crash does, and has all running again. */
	crash(): Promise<void>;
	close(): Promise<void>;
}

async function regularMode(): Promise<Stage & { n8n: N8nHost }> {
	const n8n = await startN8n();
	const fixture = await openE2eFixture({ n8n });
	const folder = mkdtempSync(join(tmpdir(), 'sms-agent-list-'));
	const parameters = { threadStore: 'embedded', threadStoreFile: join(folder, 'threads.sqlite') };
	return {
		n8n,
		fixture,
		kept: { parameters },
		url: n8n.url,
		async crash() {
			await n8n.kill();
			await n8n.restart();
		},
		async close() {
			await fixture.close();
			await n8n.stop();
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

async function queueMode(): Promise<Stage & { n8n: QueueN8n }> {
	const n8n = await startQueueN8n({ workers: 1 });
	const fixture = await openE2eFixture({ n8n });
	const schema = await TestSchema.on(settingsOfServer());
	return {
		n8n,
		fixture,
		kept: await keptInServer(fixture, 'postgres', schema.settings),
		url: n8n.webhookUrl,
		async crash() {
			const [worker] = n8n.processes.workers;
			await worker?.kill();
			await worker?.restart();
		},
		async close() {
			await fixture.close();
			await n8n.stop();
			await schema.drop();
		},
	};
}

const textsOf = ({ twilio }: E2eFixture) => twilio.messages({ direction: 'outbound' });
const peopleTexted = (fixture: E2eFixture) => textsOf(fixture).map(({ to }) => to);

/** Starts a list in a workflow of its own; resolves when so many texts are out. */
async function begin(
	{ fixture, kept, url }: Stage,
	path: string,
	{ after, options = {} }: { after: number; options?: object },
): Promise<string> {
	fixture.twilio.clear();
	const from = fixture.number.phoneNumber;
	const { id } = await fixture.startWorkflow(
		listWorkflow(fixture, path, { kept, from, options: { atOnce: 5, ...options } }),
	);
	fixture.twilio.faults.next({
		kind: 'delay-after-accept',
		ms: TWILIO_MS,
		method: 'POST',
		path: /Messages\.json/,
		times: PEOPLE,
	});
	await handIn(url, path, rowsOf(PEOPLE));
	await poll(`${after} texts`, async () => textsOf(fixture).length >= after || undefined, {
		timeoutMs: 60_000,
		everyMs: 20,
	});
	return id;
}

async function retried({ fixture }: Stage, workflowId: string, loadWorkflow = false) {
	const [died] = await fixture.client.endedExecutions(workflowId, 1, 200_000);
	const first = died?.id ?? '';
	await fixture.client.retryExecution(first, loadWorkflow);
	const ended = await fixture.client.endedExecutions(workflowId, 2, 240_000);
	return { first: died, again: ended.find(({ id }) => id !== first) };
}

function hintsOf(execution: StoredExecution | undefined): string {
	return JSON.stringify(execution?.data?.resultData.runData['Send SMS']?.at(-1)?.hints ?? []);
}

/** What came of a list that was cut off in the middle and retried, and how many texts were out by then. */
async function cutOffAndRetried(open: () => Promise<Stage>) {
	const stage = await open();
	try {
		const { fixture } = stage;
		const workflowId = await begin(stage, 'cut-off', { after: PEOPLE / 3 });
		await stage.crash();
		const before = textsOf(fixture).length;
		const { first, again } = await retried(stage, workflowId);
		return { before, first, again, texted: peopleTexted(fixture) };
	} finally {
		await stage.close();
	}
}

/** Mostly they wait, two minutes each, until it is certain what became of the texts on their way. */
const CUT_OFF = { regularMode, queueMode };
type Cut = Awaited<ReturnType<typeof cutOffAndRetried>>;

describe('a list that was cut off', () => {
	const cuts = new Map<string, Cut>();
	beforeAll(async () => {
		const running = Object.entries(CUT_OFF).map(async ([mode, open]) => {
			cuts.set(mode, await cutOffAndRetried(open));
		});
		await Promise.all(running);
	}, 400_000);

	it.each([
		['n8n was killed', 'regularMode'],
		['the worker was killed in queue mode', 'queueMode'],
	])('as %s goes on where it stopped: everybody is texted once', (_, mode) => {
		const { before, first, again, texted } = cuts.get(mode) as Cut;
		expect(before).toBeLessThan(PEOPLE);
		expect([first?.status, again?.status]).toEqual(['crashed', 'success']);
		expect(texted.sort()).toEqual(rowsOf(PEOPLE).map(({ phone }) => phone));
		expect(hintsOf(again)).toMatch(new RegExp(`Not sent: ${before} sent before`));
	});
});

describe('a list in an n8n that goes on running', () => {
	let stage: Stage;
	beforeAll(async () => {
		const fixture = await openE2eFixture();
		const folder = mkdtempSync(join(tmpdir(), 'sms-agent-list-'));
		const file = join(folder, 'threads.sqlite');
		stage = {
			fixture,
			kept: { parameters: { threadStore: 'embedded', threadStoreFile: file } },
			url: fixture.n8n.url,
			crash: () => Promise.reject(new Error('Others need this n8n')),
			async close() {
				await fixture.close();
				rmSync(folder, { recursive: true, force: true });
				await removeKeys(await sharedRedis(REDIS.prefix));
			},
		};
	});
	afterAll(() => stage.close());

	it.each([
		['as it was', false],
		['as it is saved now, with other words', true],
	])(
		'stops at a failure, and Retry of the workflow %s texts the rest',
		async (_, loadWorkflow) => {
			const { fixture } = stage;
			const path = `failed-${String(loadWorkflow)}`;
			fixture.twilio.faults.clear();
			const workflowId = await begin(stage, path, { after: 10 });
			fixture.twilio.faults.clear();
			fixture.twilio.faults.next({
				kind: 'error',
				code: 21614,
				method: 'POST',
				path: /Messages\.json/,
			});
			await fixture.client.endedExecutions(workflowId, 1);
			const before = textsOf(fixture).length;
			expect(before).toBeLessThan(PEOPLE);
			if (loadWorkflow) {
				const { nodes, ...workflow } = await fixture.client.workflow(workflowId);
				for (const node of nodes) {
					if (node.name === 'Send SMS')
						node.parameters['body'] = '=Well? {{ $json.words }}';
				}
				await fixture.client.updateWorkflow(workflowId, { ...workflow, nodes });
			}
			const { first, again } = await retried(stage, workflowId, loadWorkflow);
			expect(JSON.stringify(first?.data)).toMatch(
				/(\d+) texts were sent in this run\. Retry goes on with the rest/,
			);
			expect(again?.status).toBe('success');
			expect(peopleTexted(fixture).sort()).toEqual(rowsOf(PEOPLE).map(({ phone }) => phone));
		},
	);

	it('ends within two seconds when somebody stops it, and says in the log how many were sent', async () => {
		const { fixture } = stage;
		fixture.twilio.faults.clear();
		const workflowId = await begin(stage, 'stopped', { after: 10 });
		const [running] = await fixture.client.runningExecutions(workflowId);
		await fixture.client.stopExecution(running?.id ?? '');
		// What Twilio had been asked for by then it still does.
		await pause(2_000);
		const sent = textsOf(fixture).length;
		await pause(3_000);
		expect(textsOf(fixture)).toHaveLength(sent);
		expect(sent).toBeLessThan(PEOPLE);
		expect(sharedN8n().logs()).toMatch(/Send SMS: stopped; (\d+) of 60 texts were sent/);
	});

	it('asks Twilio less than twice for each text where it takes ten a second, and texts each once', async () => {
		const { fixture } = stage;
		fixture.twilio.clear();
		fixture.twilio.faults.clear();
		fixture.twilio.faults.next({ kind: '429', perSecond: 10, times: 1_000 });
		const path = 'too-fast';
		const { id } = await fixture.startWorkflow(
			listWorkflow(fixture, path, {
				kept: stage.kept,
				from: fixture.number.phoneNumber,
				options: { atOnce: 20 },
			}),
		);
		await handIn(stage.url, path, rowsOf(PEOPLE));
		const [ended] = await fixture.client.endedExecutions(id, 1);
		expect(ended?.status).toBe('success');
		expect(sharedN8n().logs()).toContain('Send SMS: 60 of 60 items done, 60 texts sent');
		expect(peopleTexted(fixture).sort()).toEqual(rowsOf(PEOPLE).map(({ phone }) => phone));
		const asked = fixture.twilio.requests.filter(({ method }) => method === 'POST').length;
		expect(asked).toBeLessThan(2 * PEOPLE);
	});
});
