import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { prepareWorkflows } from '../../scripts/demo/prepare-workflows';
import { linesOfNodes } from '../../scripts/demo/lines-of-nodes';
import { openServices, type DemoServices } from '../../scripts/demo/services';
import type { DemoSettings } from '../../scripts/demo/settings';
import { httpExchange } from '../../harness/http-exchange';
import { startN8n, type N8nHost } from '../../harness/n8n-host';
import { poll } from '../../harness/poll';
import { OWNER } from '../../harness/template-folder';
import { WORKFLOW_NAMES } from './support/workflow-file';

const TEXT_NUMBER = '+14155550100';
const CALL_NUMBER = '+14155550111';

interface LiveCall {
	sid: string;
	phones: Array<{ phoneNumber: string }>;
}

describe('the demo', () => {
	let n8n: N8nHost;
	let services: DemoServices;
	const shown: string[] = [];
	const settings: DemoSettings = {
		owner: OWNER,
		twilio: {
			accountSid: `AC${'0'.repeat(31)}2`,
			authToken: 'e'.repeat(32),
			callNumberSid: `PN${'0'.repeat(31)}2`,
		},
		secrets: {
			shared: 'shared',
			signing: `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
		},
	};

	beforeAll(async () => {
		n8n = await startN8n({ onOutput: linesOfNodes((line) => shown.push(line)) });
		services = await openServices({}, settings);
	});
	afterAll(async () => {
		await n8n?.stop();
		await services?.close();
	});

	const emulator = async <T>(path: string, body?: object): Promise<T> => {
		const { origin } = new URL(services.phoneUrl ?? '');
		const answer = await httpExchange(`${origin}/_emulator/${path}`, {
			...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
			headers: { 'content-type': 'application/json' },
		});
		return JSON.parse(answer.body) as T;
	};
	const messageTo = async (contact: string, count: number, timeoutMs = 15_000) => {
		const query = new URLSearchParams({ to: contact });
		const text = async () => {
			const path = `messages?${query.toString()}`;
			return (await emulator<Array<{ from: string; body: string }>>(path))[count - 1];
		};
		return await poll(`text ${count} to ${contact}`, text, { timeoutMs });
	};

	it('offers every workflow, with the two-way agent and the missed-call text-back switched on', async () => {
		const { active, others } = await prepareWorkflows(n8n.client, services, settings);
		const workflows = await n8n.client.workflows();
		expect(workflows).toHaveLength(WORKFLOW_NAMES.length);
		expect(others).toBe(WORKFLOW_NAMES.length - 2);
		const switchedOn = workflows.filter((workflow) => workflow.active);
		expect(new Map(switchedOn.map(({ id, name }) => [id, name]))).toEqual(
			new Map([
				[active.texts, 'Two-way AI agent'],
				[active.calls, 'Missed-call text-back'],
			]),
		);
		for (const { nodes } of workflows) {
			const chosen = nodes.flatMap(({ credentials }) => Object.values(credentials ?? {}));
			expect(chosen.filter(({ id }) => !id)).toEqual([]);
		}
	});

	it('answers what the phone page sends', async () => {
		const from = '+12065550142';
		await emulator('texts', { from, to: TEXT_NUMBER, body: 'My name is Sam' });
		expect((await messageTo(from, 1)).body).toContain('Sam');
	});

	it('texts back who calls from the phone page and is not answered, and goes on with them', async () => {
		const from = '+13125550167';
		const call = await emulator<LiveCall>('live-calls', { from, to: CALL_NUMBER });
		const phone = await poll('the owner’s phone', async () => {
			const calls = await emulator<LiveCall[]>('live-calls');
			return calls.find(({ sid }) => sid === call.sid)?.phones[0]?.phoneNumber;
		});
		await emulator(`live-calls/${call.sid}/deeds`, { by: phone, does: 'rejects' });
		expect(await messageTo(from, 1)).toMatchObject({ from: CALL_NUMBER });

		await emulator('texts', { from, to: CALL_NUMBER, body: 'Hi, my name is Maria' });
		const answer = await messageTo(from, 2);
		expect(answer).toMatchObject({ from: CALL_NUMBER });
		expect(answer.body).toContain('Maria');
	});

	it('shows in the terminal what waits, and texts it by itself', async () => {
		const from = '+12065550143';
		const busy = { kind: 'error', code: 21611, status: 429, method: 'POST' };
		await emulator('faults', busy);
		await emulator('texts', { from, to: TEXT_NUMBER, body: 'My name is Kim' });
		expect((await messageTo(from, 1, 100_000)).body).toContain('Kim');
		expect(shown).toContainEqual(
			expect.stringMatching(
				/^Incoming SMS Trigger: 1 conversation waits: 1 for another try at sending \(next at \d\d:\d\d\)\.$/,
			),
		);
		expect(shown.join()).not.toMatch(/Kim|5550143/);
	});

	it('leaves what the builder has changed alone when it starts again', async () => {
		const { client } = n8n;
		const [brands] = (await client.workflows()).filter(({ name }) => name.startsWith('Many'));
		if (!brands) throw new Error('No such workflow');
		await client.updateWorkflow(brands.id, { ...brands, name: 'My brands' });
		await prepareWorkflows(client, services, settings);
		const names = (await client.workflows()).map(({ name }) => name);
		expect(names).toHaveLength(WORKFLOW_NAMES.length);
		expect(names).toContain('My brands');
	});
});
