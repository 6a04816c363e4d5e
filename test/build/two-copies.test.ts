import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { INodeType } from 'n8n-workflow';
import { ensureBuilt } from '../../scripts/build/build-package';
import { ROOT } from '../../scripts/paths';
import { listenWebhook, webhookHooks } from '../nodes/support/call-webhook';
import { signedCall, textForm } from '../nodes/support/signed-text';
import { openTriggerBench, type TriggerBench } from '../nodes/support/trigger-bench';

const load = createRequire(__filename);
const DIST = join(ROOT, 'dist');

/** What n8n does when it updates a package: forgets its modules and reads the files again. */
function loadAnew(): INodeType {
	jest.resetModules();
	const entry = load(join(DIST, 'nodes/IncomingSmsTrigger/IncomingSmsTrigger.node.js')) as {
		IncomingSmsTrigger: new () => INodeType;
	};
	return new entry.IncomingSmsTrigger();
}

describe('two copies of the package in one process, the former still at work', () => {
	let bench: TriggerBench;

	beforeAll(async () => {
		await ensureBuilt();
		bench = await openTriggerBench();
	});
	afterAll(async () => {
		await bench.close();
	});

	it('have one memory of the texts: what one took in starts no run of the other', async () => {
		const setup = bench.setup({ receiveOn: 'manual' }, { workflowId: 'two-copies' });
		const form = textForm(bench.account.accountSid);
		const runs = async (node: INodeType) => {
			// Nothing was saved yet: the other one's run is still at work.
			const webhook = await listenWebhook({ ...setup, node, staticData: {} });
			try {
				const call = signedCall(webhook.url, bench.account.authToken, form);
				const { status, result } = await webhook.call(call);
				expect(status).toBe(200);
				return result?.workflowData?.flat().length ?? 0;
			} finally {
				await webhook.close();
			}
		};
		const former = loadAnew();
		expect(await runs(former)).toBe(1);
		// What the former one loads on first use is loaded by now.
		const latter = loadAnew();
		expect(latter.constructor).not.toBe(former.constructor);
		expect(await runs(latter)).toBe(0);
	});

	it('have one memory of what is connected', async () => {
		const number = bench.twilio.addNumber(bench.account.accountSid, {
			phoneNumber: '+14155550100',
			smsUrl: 'https://crm.example.com/in',
		});
		const parameters = {
			receiveOn: 'phoneNumbers',
			phoneNumbers: [number.sid],
			options: { overwriteWebhook: true },
		};
		const hooks = (node: INodeType) =>
			webhookHooks(bench.setup(parameters, { node, workflowId: 'two-copies' }));
		await hooks(loadAnew()).create();
		expect(number.smsUrl).not.toContain('crm.example.com');
		await hooks(loadAnew()).delete();
		expect(number.smsUrl).toBe('https://crm.example.com/in');
	});
});
