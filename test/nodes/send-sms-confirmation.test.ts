import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { openEmbeddedThreadStore } from '../../nodes/shared/threads/stores/embedded/embedded-thread-store';
import type { OpenThreadStore } from '../../nodes/shared/threads/thread-store';
import { optOut } from '../support/contact-state';
import { openSendSmsBench, type SendSmsBench } from './support/send-sms-bench';

const CONFIRMED = 'You get no more texts from us.';
const CONFIRMATION = { body: CONFIRMED, options: { optOutConfirmation: true } };
const MINUTE = 60_000;

let bench: SendSmsBench;
let folder: string;
let file: string;
let store: OpenThreadStore;
let serial = 0;

beforeAll(async () => {
	bench = await openSendSmsBench();
	folder = mkdtempSync(join(tmpdir(), 'sms-agent-confirmation-'));
});
beforeEach(async () => {
	bench.reset();
	file = join(folder, `${serial++}.sqlite`);
	const limits = { messagesPerThread: 50, maxAgeDays: 90, maxMegabytes: 100 };
	store = await openEmbeddedThreadStore({ file, ...limits }, systemClock);
});
afterAll(async () => {
	await bench.close();
	rmSync(folder, { recursive: true, force: true });
});

async function run(parameters: INodeParameters): Promise<{ json?: IDataObject; error?: string }> {
	const kept = { threadStore: 'embedded', threadStoreFile: file };
	const item = bench.incoming({ event: 'optOut', body: 'CANCEL' });
	const { outputs, error } = await bench.run([item], { ...kept, ...parameters });
	const json = outputs[0]?.[0]?.json;
	return { ...(json && { json }), ...(error && { error: error.message }) };
}

async function consentIs(status: 'optedOut' | 'optedIn', agoMs: number, by = 'CANCEL') {
	const since = new Date(Date.now() - agoMs).toISOString();
	const threadId = bench.incoming()['threadId'] as string;
	const how = by === '21610' ? 'twilio' : 'keyword';
	await optOut({ store, clock: systemClock }, threadId, { status, since, by, how });
}

describe('the confirmation of an opt-out', () => {
	it('goes out to who has just opted out', async () => {
		await consentIs('optedOut', 4 * MINUTE);
		const { json } = await run(CONFIRMATION);
		expect(json).toMatchObject({ event: 'sent', body: CONFIRMED, repeated: false });
		expect(bench.texts()).toEqual([CONFIRMED]);
	});

	it('goes out once, whichever node and execution ask for it, and lets nothing else through', async () => {
		await consentIs('optedOut', 0);
		const asked = await Promise.all([run(CONFIRMATION), run(CONFIRMATION)]);
		expect(asked.filter(({ json }) => json)).not.toEqual([]);
		const again = { ...CONFIRMATION, body: 'Are you sure?' };
		expect((await run(again)).json).toMatchObject({ body: CONFIRMED, repeated: true });
		expect((await run({ body: 'One more thing' })).error).toMatch(/has opted out/);
		expect(bench.texts()).toEqual([CONFIRMED]);
	});

	it('goes out again after another opt-out', async () => {
		await consentIs('optedOut', 2 * MINUTE);
		await run(CONFIRMATION);
		await consentIs('optedIn', MINUTE, 'START');
		await consentIs('optedOut', 0);
		expect((await run(CONFIRMATION)).json).toMatchObject({ repeated: false });
		expect(bench.texts()).toHaveLength(2);
	});

	it.each([
		['who has not opted out', 'optedIn', 0, 'CANCEL', /has not opted out/],
		['who opted out earlier', 'optedOut', 6 * MINUTE, 'CANCEL', /more than five minutes ago/],
		['whom Twilio has told', 'optedOut', 0, '21610', /Twilio handles STOP/],
	] as const)('does not go out to one %s', async (_, status, ago, by, why) => {
		await consentIs(status, ago, by);
		expect((await run(CONFIRMATION)).error).toMatch(why);
		expect(bench.texts()).toEqual([]);
	});

	it('says so where Twilio refuses it, as it answers STOP itself', async () => {
		await consentIs('optedOut', 0);
		bench.twilio.faults.next({ kind: 'error', code: 21610, times: 1 });
		expect((await run(CONFIRMATION)).error).toMatch(/Twilio handles STOP for this sender/);
	});

	it('is not scheduled', async () => {
		await consentIs('optedOut', 0);
		const options = { optOutConfirmation: true, sendAt: '2030-01-01T00:00:00Z' };
		expect((await run({ body: CONFIRMED, options })).error).toMatch(/Send At/);
	});

	it('is never left to AI', async () => {
		await consentIs('optedOut', 0);
		const model = { __rl: true, mode: 'id', value: 'emulated-small' };
		const ai = { mode: 'ai', model, options: { optOutConfirmation: true } };
		expect((await run(ai)).error).toMatch(/has opted out/);
		expect(bench.model.requests).toEqual([]);
	});
});
