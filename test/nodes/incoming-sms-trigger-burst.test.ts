import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';
import { listenWebhook, type ListeningWebhook } from './support/call-webhook';
import { signedCall, textForm } from './support/signed-text';
import { openTriggerBench, type TriggerBench } from './support/trigger-bench';

let bench: TriggerBench;
let webhook: ListeningWebhook;
let workflows = 0;

beforeEach(async () => {
	bench = await openTriggerBench();
});
afterEach(async () => {
	await webhook.close();
	await bench.close();
});

async function listen(options: INodeParameters): Promise<void> {
	const workflowId = `burst-${workflows++}`;
	webhook = await listenWebhook(bench.setup({ options }, { workflowId }));
}

/** The bodies of the run that a text started; undefined where it started none. */
async function text(Body: string, answered?: () => void): Promise<unknown> {
	const form = textForm(bench.account.accountSid, { Body });
	const { status, result } = await webhook.call(
		signedCall(webhook.url, bench.account.authToken, form),
		answered,
	);
	expect(status).toBe(200);
	return result?.workflowData?.[0]?.[0]?.json;
}

describe('several texts of one contact', () => {
	it('each start a run where nobody waits', async () => {
		await listen({});
		expect(await text('one')).toMatchObject({ body: 'one' });
		expect(await text('two')).toMatchObject({ body: 'two' });
	});

	it('start one run with all of them after the pause that was asked for', async () => {
		await listen({ quietSeconds: 0.5 });
		const runs: Array<Promise<unknown>> = [];
		for (const body of ['one', 'two', 'three']) {
			await new Promise<void>((answered) => runs.push(text(body, answered)));
		}
		const [first, second, third] = await Promise.all(runs);
		expect([first, second]).toEqual([undefined, undefined]);
		expect(third).toMatchObject({
			body: 'one\ntwo\nthree',
			chatInput: 'one\ntwo\nthree',
			messages: [{ body: 'one' }, { body: 'two' }, { body: 'three' }],
			numSegments: 3,
			newThread: true,
		});
		const { messageSid, messageSids } = third as { messageSid: string; messageSids: string[] };
		expect(messageSids).toHaveLength(3);
		expect(messageSids.at(-1)).toBe(messageSid);
	});

	it('start it sooner when so many have come', async () => {
		await listen({ quietSeconds: 2, maxTexts: 2 });
		let first: Promise<unknown> | undefined;
		await new Promise<void>((answered) => {
			first = text('one', answered);
		});
		const ended: string[] = [];
		const second = text('two').then((run) => {
			ended.push('two');
			return run;
		});
		expect(await first).toBeUndefined();
		expect(ended).toEqual(['two']);
		expect(await second).toMatchObject({ body: 'one\ntwo' });
	});
});
