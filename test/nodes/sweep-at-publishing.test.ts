import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, jest } from '@jest/globals';
import { AgentReply } from '../../nodes/AgentReply/AgentReply.node';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { openEmbeddedThreadStore } from '../../nodes/shared/threads/stores/embedded/embedded-thread-store';
import { storedMessage } from '../support/stored-message';
import { webhookHooks } from './support/call-webhook';
import { openTriggerBench } from './support/trigger-bench';

it('gives back the text of a run that n8n ended just before it was published again, though nobody writes', async () => {
	const folder = mkdtempSync(join(tmpdir(), 'sms-agent-sweep-'));
	const file = join(folder, 'threads.sqlite');
	const limits = { messagesPerThread: 50, maxAgeDays: 90, maxMegabytes: 100 };
	const store = openEmbeddedThreadStore({ file, ...limits }, systemClock);
	const bench = await openTriggerBench();
	const later: Array<() => void> = [];
	const after = jest.spyOn(systemClock, 'after').mockImplementation((ms, run) => {
		if (ms > 60_000 && ms < 120_000) later.push(run);
		return () => {};
	});
	try {
		const threadId = `${bench.account.accountSid}:front-desk:+14155550123`;
		const at = new Date(systemClock.now()).toISOString();
		const text = storedMessage('Are you open?', { at });
		await store.threads.append(threadId, [text], 0);
		await store.threads.changeState(threadId, (state) => ({
			...state,
			startedThrough: text.messageSid,
			startedAt: at,
			startedBy: 'the process before',
		}));
		const givenBack = async () =>
			(await store.threads.read(threadId, 1)).state.givenBackThrough;
		const agents = { agents: { agent: [{ name: 'Front Desk' }] } };
		const kept = { threadStore: 'embedded', threadStoreFile: file };
		const hooks = webhookHooks({
			...bench.setup({ receiveOn: 'manual', ...agents, ...kept }),
			behind: new AgentReply(),
		});
		await hooks.create();
		// The sweep at publishing has nothing to wait for.
		for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
		expect(await givenBack()).toBeUndefined();
		const now = systemClock.now() + 66_000;
		jest.spyOn(systemClock, 'now').mockReturnValue(now);
		for (const run of later) run();
		for (let look = 0; look < 500 && (await givenBack()) === undefined; look++) {
			await new Promise(setImmediate);
		}
		expect(await givenBack()).toBe(text.messageSid);
	} finally {
		after.mockRestore();
		await store.close();
		await bench.close();
		rmSync(folder, { recursive: true, force: true });
	}
});
