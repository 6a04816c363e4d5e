import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { twoWayAgent } from '../../harness/two-way-agent';
import { holdFileLock } from '../support/hold-file-lock';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

const HELD_MS = 20_000;
/** Far more than a busy machine needs, and far less than the file is held locked. */
const MOST_HEALTH_MS = HELD_MS / 5;

let fixture: E2eFixture;
let folder: string;

beforeAll(async () => {
	fixture = await openE2eFixture({ withService: true });
	folder = mkdtempSync(join(tmpdir(), 'sms-agent-locked-'));
});
afterAll(async () => {
	await fixture.close();
	rmSync(folder, { recursive: true, force: true });
});

/** The longest that n8n took to say that it is well, until it is told to stop. */
function watchHealth(): () => Promise<number> {
	let watching = true;
	const watched = (async () => {
		let longest = 0;
		while (watching) {
			const began = performance.now();
			await fetch(`${fixture.n8n.url}/healthz`);
			longest = Math.max(longest, performance.now() - began);
			await pause(50);
		}
		return longest;
	})();
	return async () => {
		watching = false;
		return await watched;
	};
}

describe('a file that another program holds locked', () => {
	it('holds n8n up for nothing else, and everybody who texts meanwhile gets one answer', async () => {
		const threadStoreFile = join(folder, 'threads.sqlite');
		const kept = { parameters: { threadStore: 'embedded', threadStoreFile } };
		await fixture.startWorkflow(twoWayAgent(fixture, { kept }));
		const text = async (from: string) => {
			const to = fixture.number.phoneNumber;
			const { deliveries } = await fixture.twilio.textFromContact({
				from,
				to,
				body: 'Are you open?',
			});
			return deliveries;
		};
		await text('+14155550140');
		await fixture.twilio.waitForMessage(({ to }) => to === '+14155550140', 90_000);

		const letGo = await holdFileLock(threadStoreFile);
		const health = watchHealth();
		const contacts = [0, 1, 2, 3, 4, 5].map((n) => `+1415555015${n}`);
		const texting = contacts.map(async (from, n) => {
			await pause((n * HELD_MS) / contacts.length);
			return await text(from);
		});
		await pause(HELD_MS);
		const longest = await health();
		await letGo();

		const deliveries = await Promise.all(texting);
		const answers = deliveries.map(([first]) => first?.status);
		expect(answers.filter((status) => status !== 200 && status !== 503)).toEqual([]);
		expect(answers).toContain(503);
		// The first one was turned away while the file was still locked.
		expect(deliveries[0]?.[0]?.ms).toBeLessThan(HELD_MS);
		for (const from of contacts) {
			await fixture.twilio.waitForMessage(({ to }) => to === from, 120_000);
		}
		await pause(3_000);
		for (const from of contacts) expect(fixture.twilio.messages({ to: from })).toHaveLength(1);
		expect(longest).toBeLessThan(MOST_HEALTH_MS);
	}, 300_000);
});
