import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INodeParameters } from 'n8n-workflow';
import { usualFile } from '../../nodes/shared/n8n/stores/automatic-place';
import { webhookHooks } from './support/call-webhook';
import { restartProcess, saved } from './support/restarted-process';
import { openTriggerBench, type TriggerBench } from './support/trigger-bench';

const inMemory = process.env['N8N_USER_FOLDER'];
let onDisk: string;
let bench: TriggerBench;
let workflows = 0;

beforeAll(async () => {
	bench = await openTriggerBench();
});
afterAll(async () => await bench.close());
beforeEach(() => {
	workflows += 1;
	onDisk = mkdtempSync(join(tmpdir(), 'sms-agent-automatic-'));
	process.env['N8N_USER_FOLDER'] = onDisk;
});
afterEach(() => {
	process.env['N8N_USER_FOLDER'] = inMemory;
	rmSync(onDisk, { recursive: true, force: true });
});

const hooks = (parameters: INodeParameters = {}, staticData = {}, isTest = false) =>
	webhookHooks(
		bench.setup(
			{ receiveOn: 'manual', agents: { agent: [{ name: 'Front Desk' }] }, ...parameters },
			{ workflowId: `place-${workflows}`, staticData, isTest },
		),
	);

it('chooses a file where the disk is permanent, makes it, and says where', async () => {
	const published = hooks();
	await published.checkExists();
	expect(existsSync(usualFile())).toBe(true);
	expect(published.infos).toContain(
		`Incoming SMS Trigger: Keep Conversations In, Automatic: File on the Server (${onDisk}/.n8n/sms-agent/threads.sqlite).`,
	);
	expect(published.warnings).toEqual([]);
});

it('chooses This Workflow where n8n has no permanent disk, and says why', async () => {
	process.env['N8N_USER_FOLDER'] = inMemory;
	const published = hooks();
	await published.checkExists();
	expect(published.warnings).toEqual([
		expect.stringMatching(
			/Keep Conversations In, Automatic: This Workflow, because n8n's data folder, .*\.n8n, is in the server's memory, so a file there would be lost with it\. A crash of n8n may lose texts there\./,
		),
	]);
});

it('stays with This Workflow when n8n gets a disk: a restart and a publishing later', async () => {
	process.env['N8N_USER_FOLDER'] = inMemory;
	const first = hooks();
	await first.checkExists();
	restartProcess();
	process.env['N8N_USER_FOLDER'] = onDisk;
	const again = hooks({}, saved(first.staticData));
	await again.checkExists();
	expect(again.warnings.join()).toContain('This Workflow, as it was before');
	expect(existsSync(usualFile())).toBe(false);
});

it('stays with the file when the disk is gone, rather than answer those who have texted STOP', async () => {
	const first = hooks();
	await first.checkExists();
	restartProcess();
	process.env['N8N_USER_FOLDER'] = inMemory;
	const again = hooks({}, saved(first.staticData));
	await again.checkExists();
	expect(again.infos.join()).toContain('File on the Server');
	expect(again.warnings).toEqual([]);
	rmSync(usualFile());
});

it('goes by what a publishing with another place has left', async () => {
	const chosen = hooks({ threadStore: 'staticData' });
	await chosen.checkExists();
	expect(chosen.infos).toEqual([]);
	const automatic = hooks({}, chosen.staticData);
	await automatic.checkExists();
	expect(automatic.warnings.join()).toContain('This Workflow, as it was before');
});

it('is not settled by a test, which works in the same place', async () => {
	const test = hooks({}, {}, true);
	await test.checkExists();
	expect(existsSync(usualFile())).toBe(true);
	expect(JSON.stringify(test.staticData)).not.toContain('keptIn');
	expect(test.infos.join()).not.toContain('Keep Conversations In');
});

it('is refused in queue mode, with what works there', async () => {
	process.env['EXECUTIONS_MODE'] = 'queue';
	try {
		await expect(hooks().checkExists()).rejects.toThrow(
			/^Keep Conversations In: .*queue mode.*Choose Redis or Postgres/,
		);
		expect(existsSync(usualFile())).toBe(false);
	} finally {
		delete process.env['EXECUTIONS_MODE'];
	}
});
