import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { STATIC_DATA_KEY } from '../../nodes/shared/n8n/stores/automatic-place';
import { holdFileLock } from '../support/hold-file-lock';
import { listenWebhook, webhookHooks, type ListeningWebhook } from './support/call-webhook';
import { saved } from './support/restarted-process';
import { CONTACT, openSendSmsBench, OURS, type SendSmsBench } from './support/send-sms-bench';
import { signedCall, textForm } from './support/signed-text';
import { openTriggerBench, type TriggerBench } from './support/trigger-bench';

const N8N_FOLDER = join(process.env['N8N_USER_FOLDER'] ?? '', '.n8n');

let bench: TriggerBench;
let folder: string;
let workflows = 0;
const open: ListeningWebhook[] = [];

beforeEach(async () => {
	bench = await openTriggerBench();
	folder = mkdtempSync(join(tmpdir(), 'sms-trouble-'));
});
afterEach(async () => {
	for (const webhook of open.splice(0)) await webhook.close();
	await bench.close();
	rmSync(folder, { recursive: true });
});

const inFile = (threadStoreFile: string): INodeParameters => ({
	threadStore: 'embedded',
	threadStoreFile,
});

async function textTo(parameters: INodeParameters, staticData: IDataObject = {}) {
	const workflowId = `trouble-${workflows++}`;
	const setup = bench.setup(parameters, { workflowId, staticData });
	const webhook = await listenWebhook(setup);
	open.push(webhook);
	const { accountSid, authToken } = bench.account;
	const form = textForm(accountSid, { From: CONTACT, Body: 'Hi' });
	const answer = await webhook.call(signedCall(webhook.url, authToken, form));
	return { answer, webhook };
}

async function refusedPublishing(parameters: INodeParameters, staticData: IDataObject = {}) {
	const workflowId = `trouble-${workflows++}`;
	const hooks = webhookHooks(bench.setup(parameters, { workflowId, staticData }));
	return String(await hooks.checkExists().catch((error: unknown) => error));
}

describe('conversations in static data that cannot be read', () => {
	const cutOff = `{'version':2,'threads':[],'states':[['x',{'consent':{'status':'optedOut`;
	const newer = `{'version':3,'contacts':[]}`;

	it.each([
		['damaged', cutOff, /no whole JSON.*backup/],
		['of a newer version', newer, /newer version.*Update n8n-nodes-sms-agent/],
	])('have Twilio try again, are told to the log and stay: %s', async (_, kept, why) => {
		const staticData = { global: { [STATIC_DATA_KEY]: kept } };
		const { answer, webhook } = await textTo({}, staticData);
		expect(answer.status).toBe(503);
		expect(webhook.warnings.join('\n')).toMatch(why);
		expect(saved(webhook.staticData)).toMatchObject({ global: { [STATIC_DATA_KEY]: kept } });
		expect(await refusedPublishing({}, staticData)).toMatch(why);
	});

	it('have nobody texted, who may have texted STOP', async () => {
		const sending: SendSmsBench = await openSendSmsBench();
		try {
			const staticData = { global: { [STATIC_DATA_KEY]: cutOff } };
			const opener = { to: CONTACT, from: OURS, body: 'Hi' };
			const workflowId = `trouble-${workflows++}`;
			const run = await sending.run([{}], opener, { staticData, workflowId });
			const { message, description } = run.error as Error & { description?: string };
			expect(`${message} | ${description}`).toMatch(
				/^The thread store \(This Workflow\) is not available \| What is saved.*no whole JSON/,
			);
			expect(sending.texts()).toEqual([]);
			expect(saved(run.staticData)).toMatchObject(staticData);
			// A run that has lost its static data knows no more.
			const later = await sending.run([{}], opener, { workflowId });
			expect(later.error?.message).toMatch(/is not available/);
			expect(sending.texts()).toEqual([]);
		} finally {
			await sending.close();
		}
	});
});

describe('a file for conversations', () => {
	it('that a backup holds locked has Twilio try again in time, with the reason in the log', async () => {
		const file = join(folder, 'threads.sqlite');
		await textTo(inFile(file));
		const letGo = await holdFileLock(file);
		const began = performance.now();
		const { answer, webhook } = await textTo(inFile(file));
		expect(answer.status).toBe(503);
		expect(performance.now() - began).toBeLessThan(15_000);
		expect(webhook.warnings.join('\n')).toMatch(
			/Another program has held the file locked.*backup/,
		);
		await letGo();
		const after = await textTo(inFile(file));
		expect(after.answer.status).toBe(200);
	});

	it("is refused at publishing where it is n8n's own database, or among n8n's files", async () => {
		mkdirSync(N8N_FOLDER, { recursive: true });
		const path = join(N8N_FOLDER, 'database.sqlite');
		const database = new DatabaseSync(path);
		database.exec('CREATE TABLE IF NOT EXISTS workflow_entity (id)');
		database.close();
		const before = readFileSync(path);
		for (const file of [path, join(N8N_FOLDER, 'other.sqlite')]) {
			expect(await refusedPublishing(inFile(file))).toMatch(
				/Database File: .* is among n8n's own files\. Leave it empty, or name a file in .*sms-agent/,
			);
		}
		process.env['N8N_BLOCK_FILE_ACCESS_TO_N8N_FILES'] = 'false';
		try {
			expect(await refusedPublishing(inFile(path))).toMatch(/among n8n's own files/);
		} finally {
			delete process.env['N8N_BLOCK_FILE_ACCESS_TO_N8N_FILES'];
		}
		expect(readFileSync(path).equals(before)).toBe(true);
	});

	it('stands where the operator lets workflows have files, or in its usual place', async () => {
		process.env['N8N_RESTRICT_FILE_ACCESS_TO'] = `~/nowhere; ${join(folder, 'files')}`;
		try {
			const outside = inFile(join(folder, 'threads.sqlite'));
			const why = /Database File: this n8n lets workflows have files in .*files only/;
			expect(await refusedPublishing(outside)).toMatch(why);
			const { answer, webhook } = await textTo(outside);
			expect(answer.status).toBe(500);
			expect(webhook.warnings.join('\n')).toMatch(why);
			for (const file of [join(folder, 'files', 'threads.sqlite'), '']) {
				expect((await textTo(inFile(file))).answer.status).toBe(200);
			}
		} finally {
			delete process.env['N8N_RESTRICT_FILE_ACCESS_TO'];
		}
	});

	it('of another program is refused at publishing, and left as it is', async () => {
		const file = join(folder, 'diary.txt');
		writeFileSync(file, 'Dear diary');
		expect(await refusedPublishing(inFile(file))).toMatch(/belongs to another program/);
		expect(readFileSync(file, 'utf8')).toBe('Dear diary');
	});
});

describe('what a workflow remembers of its connection', () => {
	it.each([
		['no object', 'gone'],
		['an entry that is none', { node: null }],
		['an entry without endpoints', { node: { at: 1, owner: 'x', registration: { url: 'x' } } }],
	])(
		'is told to the log where it is damaged, and texts are taken all the same: %s',
		async (_, kept) => {
			const { answer, webhook } = await textTo({}, { global: { smsRegistrations: kept } });
			expect(answer.status).toBe(200);
			expect(webhook.warnings.join('\n')).toMatch(
				/connection to Twilio is damaged.*cannot give back/,
			);
		},
	);
});
