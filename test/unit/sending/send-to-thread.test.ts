import { describe, expect, it } from '@jest/globals';
import type { OutboundDraft, SendServices } from '../../../nodes/shared/sending/outbound-draft';
import { openSendOf } from '../../../nodes/shared/sending/send-record';
import { smsSender } from '../../../nodes/shared/sending/send-to-thread';
import { CERTAIN_AFTER_MS, NOTE_LASTS_MS } from '../../../nodes/shared/threads/timing';
import { twilioClient } from '../../../nodes/shared/twilio/api/twilio-client';
import { optOut } from '../../support/contact-state';
import { FakeClock } from '../../support/fake-clock';
import { memoryThreadStore } from '../../support/memory-thread-store';
import { scriptedHttp } from '../../support/scripted-http';

const account = { accountSid: `AC${'0'.repeat(32)}`, apiBaseUrl: 'https://api.twilio.com' };
const threadId = `${account.accountSid}:agent:+14155550123`;
const draft: OutboundDraft = {
	threadId,
	to: '+14155550123',
	from: '+15550001000',
	body: 'Hello',
	author: 'operator',
};
const accepted = { status: 201, body: '{"sid":"SM1","status":"queued"}' };
/** The thread, its contact and its brand; the brand of an agent is asked for once in a while. */
const LOOK = ['read', 'records.read'];
const LOOK_FIRST = [...LOOK, 'records.read'];
const noMessages = { status: 200, body: '{"messages":[]}' };

let clock: FakeClock;
let calls: string[];
let services: SendServices;

function serve(...script: Parameters<typeof scriptedHttp>) {
	const http = scriptedHttp(...script);
	clock = new FakeClock();
	calls = [];
	const { threads, claims, records, ...store } = memoryThreadStore(clock);
	services = {
		twilio: twilioClient(account, async (request) => {
			calls.push(request.method);
			return await http.client(request);
		}),
		store: {
			...store,
			threads: noting(threads),
			claims: noting(claims),
			records: noting(records, 'records.'),
		},
		clock,
		random: () => 0.5,
	};
	return smsSender(services);
}

function noting<Port extends object>(port: Port, prefix = ''): Port {
	return new Proxy(port, {
		get: (target, name: string) => {
			const call = Reflect.get(target, name) as (...given: unknown[]) => unknown;
			return (...given: unknown[]) => {
				calls.push(`${prefix}${name}`);
				return call(...given);
			};
		},
	});
}

describe('a text whose words are ready', () => {
	it('costs four calls of the store, and what is known of the contact, and is noted before Twilio is asked', async () => {
		const sender = serve(accepted, accepted);
		await sender.sendToThread(draft, 'key');
		expect(calls).toEqual(['claim', ...LOOK_FIRST, 'POST', 'settle', 'append']);
		calls.length = 0;
		await sender.sendToThread(draft, 'another key');
		expect(calls).toEqual(['claim', ...LOOK, 'POST', 'settle', 'append']);
	});

	it('of an agent is looked at and handed to Twilio while nobody else speaks', async () => {
		const sender = serve(accepted);
		await sender.sendToThread({ ...draft, author: 'agent' }, 'key');
		const speaks = ['claim', ...LOOK, 'POST', 'release'];
		// What its first text says is asked of the agent before.
		expect(calls).toEqual(['claim', 'records.read', ...speaks, 'settle', 'append']);
	});

	it('is known to whoever comes next, from the claim on', async () => {
		const sender = serve(accepted);
		const { read } = services.store.threads;
		let seen: unknown;
		services.store.threads = {
			...services.store.threads,
			read: async (...given) => {
				seen = await services.store.claims.look('key');
				return await read(...given);
			},
		};
		await sender.sendToThread(draft, 'key');
		expect(seen).toEqual({ status: 'held', record: openSendOf(clock, draft) });
	});

	it('leaves nothing behind where the contact has opted out, or the words are called off', async () => {
		const sender = serve();
		await optOut(services, threadId);
		expect(await sender.sendToThread(draft, 'key')).toMatchObject({ kind: 'unwanted' });
		expect(await services.store.claims.look('key')).toEqual({ status: 'free' });
		const send = { key: 'key', threadId, author: 'operator' as const, ready: draft };
		const failing = sender.sendOnce(send, async () => {
			throw new Error('too many');
		});
		await expect(failing).rejects.toThrow('too many');
		expect(await services.store.claims.look('key')).toEqual({ status: 'free' });
	});

	it('is noted anew where time has passed, since when is what certainty is counted from', async () => {
		const sender = serve(accepted);
		const send = { key: 'key', threadId, author: 'operator' as const, ready: draft };
		await sender.sendOnce(send, async () => {
			clock.advance(NOTE_LASTS_MS);
			return draft;
		});
		expect(calls).toEqual(['claim', ...LOOK_FIRST, 'note', 'POST', 'settle', 'append']);
	});

	it('is noted where other words came of it in the end', async () => {
		const sender = serve(accepted);
		const send = { key: 'key', threadId, author: 'operator' as const, ready: draft };
		await sender.sendOnce(send, async () => ({ ...draft, body: 'Other words' }));
		expect(calls).toEqual(['claim', ...LOOK_FIRST, 'note', 'POST', 'settle', 'append']);
	});

	it('is looked for first where a run died after it had taken the claim', async () => {
		const sender = serve(...Array.from({ length: 5 }, () => noMessages), accepted);
		await services.store.claims.claim('key', 0, openSendOf(clock, draft));
		const early = sender.sendToThread(draft, 'key');
		await expect(early).rejects.toMatchObject({ name: 'OutcomeUnknownError' });
		expect(calls).not.toContain('POST');
		clock.advance(CERTAIN_AFTER_MS);
		await sender.sendToThread(draft, 'key');
		expect(calls.filter((call) => call === 'POST')).toHaveLength(1);
		expect(calls.indexOf('note')).toBeLessThan(calls.indexOf('POST'));
	});
});
