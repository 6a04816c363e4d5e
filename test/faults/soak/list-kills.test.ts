import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { poll } from '../../../harness/poll';
import { openE2eFixture, type E2eFixture } from '../../e2e/support/e2e-fixture';
import { handIn, listWorkflow, rowsOf } from '../../e2e/support/list-workflow';
import { startFaultedN8n, type FaultedN8n } from '../support/faulted-n8n';
import { newRandom } from '../support/sizes';

const PEOPLE = 1_000;
const LISTS = Number(process.env['LIST_KILLS_LISTS'] ?? 10);
const KILLS = 10;
const TWILIO_MS = 150;
/** A list that nothing stops takes some twenty seconds then. */
const LATEST_KILL_MS = 4_000;
const MINUTE = 60_000;

const random = newRandom();
let n8n: FaultedN8n;
let fixture: E2eFixture;
let folder: string;

beforeAll(async () => {
	n8n = await startFaultedN8n('regular');
	fixture = await openE2eFixture({ n8n: n8n.n8n });
	folder = mkdtempSync(join(tmpdir(), 'sms-agent-list-kills-'));
});
afterAll(async () => {
	await fixture.close();
	await n8n.stop();
	rmSync(folder, { recursive: true, force: true });
});

const texted = () => fixture.twilio.messages({ direction: 'outbound' }).map(({ to }) => to);

/** The newest execution, once n8n knows that it is over. */
async function newestEnded(workflowId: string, ended: number) {
	const all = await fixture.client.endedExecutions(workflowId, ended, 5 * MINUTE);
	return all.reduce((one, other) => (Number(other.id) > Number(one.id) ? other : one));
}

describe(`a list of ${PEOPLE}, its n8n killed ${KILLS} times (seed ${random.seed})`, () => {
	it.each(Array.from({ length: LISTS }, (_, nth) => nth))(
		'texts everybody once: list %i',
		async (nth) => {
			const path = `killed-${nth}`;
			const [main] = n8n.parts;
			const file = join(folder, `${path}.sqlite`);
			fixture.twilio.clear();
			fixture.twilio.faults.clear();
			const { id } = await fixture.startWorkflow(
				listWorkflow(fixture, path, {
					kept: { parameters: { threadStore: 'embedded', threadStoreFile: file } },
					from: fixture.number.phoneNumber,
				}),
			);
			fixture.twilio.faults.next({
				kind: 'delay-after-accept',
				ms: TWILIO_MS,
				method: 'POST',
				path: /Messages\.json/,
				times: 100 * PEOPLE,
			});
			await handIn(n8n.webhookUrl, path, rowsOf(PEOPLE));
			const progress: number[] = [];
			for (let kills = 1; kills <= KILLS; kills++) {
				await pause(random.between(0, LATEST_KILL_MS));
				await main?.kill();
				await main?.restart();
				progress.push(texted().length);
				const died = await newestEnded(id, kills);
				// It was through before this kill.
				if (died.status === 'success') break;
				expect(died.status).toBe('crashed');
				// Answers when the retried execution has ended, which is not waited for but the last time.
				const retrying = fixture.client.retryExecution(died.id).catch(() => undefined);
				if (kills === KILLS) {
					await retrying;
					await newestEnded(id, KILLS + 1);
				} else
					await poll('the retry', async () => await hasBegun(id), { timeoutMs: MINUTE });
			}
			const last = await newestEnded(id, progress.length);
			process.stdout.write(`list ${nth}: texts out at each kill: ${progress.join(', ')}\n`);
			expect(last.status).toBe('success');
			expect(texted().sort()).toEqual(rowsOf(PEOPLE).map(({ phone }) => phone));
		},
		30 * MINUTE,
	);
});

async function hasBegun(workflowId: string): Promise<true | undefined> {
	const running = await fixture.client.runningExecutions(workflowId);
	return running.length > 0 || undefined;
}
