import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { parseThreadId } from '../../../nodes/shared/messaging/thread-id';
import type { OutboundDraft } from '../../../nodes/shared/sending/outbound-draft';
import { recordKeys } from '../../../nodes/shared/threads/record-keys';
import { takeoverAt } from '../../../nodes/shared/threads/takeover';
import { optOut, takeOver } from '../../support/contact-state';
import { storedMessage } from '../../support/stored-message';
import { openSendingDesk, type SendingDesk } from './sending-fixture';

const HOUR = 3_600_000;
const ANA = { by: 'Ana', why: 'she answers herself', pauseMs: HOUR };
const BY_ANA = { author: 'operator', person: ANA, body: 'Ana here' } as const;

let desk: SendingDesk;
beforeAll(async () => {
	desk = await openSendingDesk();
});
beforeEach(() => desk.reset());
afterAll(() => desk.close());

const thread = async () => await desk.services.store.threads.read(desk.threadId, 50);
const takeover = async () => takeoverAt((await thread()).state, desk.services.clock.now());
const outcomeOf = async (change: Partial<OutboundDraft>, key = 'key') =>
	await desk.sender.sendToThread(desk.draft(change), key);

async function pauseBrand(): Promise<void> {
	const { accountSid = '' } = parseThreadId(desk.threadId) ?? {};
	const pause = { since: '2026-01-01T00:00:00.000Z', by: 'Ben' };
	await desk.services.store.records.change(recordKeys.brand(accountSid, ''), () => ({ pause }));
}

describe('a text that a person writes', () => {
	it('gives them the thread before it is posted, and stands there with who wrote it', async () => {
		desk.twilio.faults.next({ kind: '429' });
		let seen: unknown;
		desk.services.clock.sleep = async (ms) => {
			seen ??= await takeover();
			desk.services.clock.advance(ms);
		};
		await desk.send(desk.draft(BY_ANA), 'key');
		expect(seen).toMatchObject({ by: 'Ana', why: 'she answers herself' });
		expect((await thread()).messages).toMatchObject([
			{ author: 'operator', person: 'Ana', body: 'Ana here' },
		]);
	});

	it('gives them the thread for the time from their last text on', async () => {
		await desk.send(desk.draft(BY_ANA), 'one');
		desk.services.clock.advance(HOUR - 1);
		await desk.send(desk.draft(BY_ANA), 'two');
		desk.services.clock.advance(HOUR - 1);
		expect(await takeover()).toMatchObject({ by: 'Ana' });
		desk.services.clock.advance(1);
		expect(await takeover()).toBeUndefined();
	});

	it('goes into a thread that another person has, and under a brand that is paused', async () => {
		await takeOver(desk.services, desk.threadId);
		await pauseBrand();
		await desk.send(desk.draft(BY_ANA), 'key');
		expect(desk.texts()).toEqual(['Ana here']);
	});

	it('does not go to a contact who has opted out', async () => {
		await optOut(desk.services, desk.threadId);
		expect(await outcomeOf(BY_ANA)).toMatchObject({ why: { why: 'optedOut' } });
		expect(desk.texts()).toEqual([]);
	});
});

describe.each<[string, () => Promise<void>, RegExp]>([
	[
		'in a thread that a person has',
		async () => await takeOver(desk.services, desk.threadId),
		/A person has this conversation.*Ana: she answers herself/,
	],
	['under a brand that is paused', pauseBrand, /All agents were paused by Ben/],
])('%s', (_, happens, message) => {
	const turn = [storedMessage('Hi')];
	const turnSids = turn.map(({ messageSid }) => messageSid);
	beforeEach(happens);

	it.each<[string, Pick<OutboundDraft, 'purpose'>]>([
		['text of its own', {}],
		['reply', { purpose: { kind: 'reply', turn } }],
		['word that a person will answer', { purpose: { kind: 'handOver' } }],
		['follow-up', { purpose: { kind: 'followUp', earlierSid: undefined } }],
		['answer', { purpose: { kind: 'answer', turnSids, words: 'Hello' } }],
	])('no agent sends a %s', async (_kind, change) => {
		await desk.services.store.threads.append(desk.threadId, turn, 0);
		expect(await outcomeOf({ author: 'agent', ...change })).toMatchObject({
			kind: 'unwanted',
			why: { why: 'takeover', message: expect.stringMatching(message) },
		});
		expect(desk.texts()).toEqual([]);
	});

	it('the fixed words of a workflow are sent', async () => {
		await desk.send(desk.draft({ author: 'operator', body: 'It is ready' }), 'key');
		expect(desk.texts()).toEqual(['It is ready']);
	});
});

it('an agent that waits to try again sends nothing once a person has the thread', async () => {
	desk.twilio.faults.next({ kind: '429' });
	desk.services.clock.sleep = async (ms) => {
		desk.services.clock.advance(ms);
		await takeOver(desk.services, desk.threadId);
	};
	expect(await outcomeOf({ author: 'agent' })).toMatchObject({ why: { why: 'takeover' } });
	expect(desk.texts()).toEqual([]);
});
