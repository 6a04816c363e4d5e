import { beforeEach, describe, expect, it } from '@jest/globals';
import { moveTurn } from '../../../nodes/shared/receiving/move-turn';
import { recordInbound } from '../../../nodes/shared/receiving/record-inbound';
import { claimKeys } from '../../../nodes/shared/threads/claim-keys';
import { StoreUnavailableError } from '../../../nodes/shared/threads/thread-store';
import { gatherTurn } from '../../../nodes/shared/threads/turns/gather-turn';
import { textsWithoutRun } from '../../../nodes/shared/threads/turns/unanswered';
import { consentOf, takeOver, USUAL_RULES } from '../../support/contact-state';
import { storedMessage } from '../../support/stored-message';
import { ACCOUNT, CatchUpFixture, HOUR, MINUTE, OURS, threadOf } from './support/catch-up-fixture';

const ANNA = '+14155550101';
const BEN = '+14155550102';
const CARL = '+14155550103';
const AT_ONCE = { quietMs: 0, maxWaitMs: 0, maxTexts: 1 };

let it_: CatchUpFixture;
beforeEach(() => {
	it_ = new CatchUpFixture();
});

/** The text comes by its webhook, and its run begins. */
async function byWebhook(messageSid: string, contact: string, body: string) {
	const text = {
		messageSid,
		accountSid: 'AC',
		from: contact,
		to: '+14155550100',
		body,
		media: [],
		numSegments: 1,
	};
	const recorded = await recordInbound(it_.services, threadOf(contact), text, USUAL_RULES);
	if (recorded.kind === 'consent') return undefined;
	return await gatherTurn(it_.services, recorded.thread, messageSid, AT_ONCE);
}

/** The last look was so long ago, and found nothing. */
async function lookedAgo(ms: number) {
	it_.clock.advance(-ms);
	await it_.look();
	it_.clock.advance(ms);
}

const markOf = async () => {
	const seen = await it_.store.claims.look(claimKeys.catchUp('trigger'));
	return seen.status === 'free' ? seen.previous : undefined;
};

describe('texts that came while nobody listened', () => {
	it('go to the agent that the contact has, of those that share the number', async () => {
		const [desk] = it_.agent({ share: 1000 });
		const [sales] = it_.agent({ id: 'sales', share: 0.001 });
		await it_.store.records.change(`given:${ACCOUNT}::${ANNA}`, () => ({ '': 'sales' }));
		it_.missed(ANNA, 'Hello?', 20);
		await it_.look({ agents: [desk, sales] });
		expect(
			it_.begun.map(({ text: { route }, turn }) => [route.agent.id, turn.thread.threadId]),
		).toEqual([['sales', threadOf(ANNA, 'sales')]]);
	});

	it('are handed in as one turn per contact, oldest text first, contacts who wrote last first', async () => {
		it_.missed(ANNA, 'Hello?', 20);
		it_.missed(BEN, 'Are you open?', 10);
		it_.missed(ANNA, 'Anybody there?', 15);
		await it_.look();
		expect(it_.turns).toEqual(['Are you open?', 'Hello?\nAnybody there?']);
		expect(it_.begun.map(({ text }) => text.lateness)).toEqual([
			{ late: true, lateMinutes: 10, tooLate: false },
			{ late: true, lateMinutes: 15, tooLate: false },
		]);
		const { messages } = await it_.thread(BEN);
		expect(messages[0]?.at).toBe(new Date(it_.texts[1]?.at ?? 0).toISOString());
		await it_.look();
		expect(it_.begun).toHaveLength(2);
	});

	it('that are older than the limit begin one run each contact, which is told that they are', async () => {
		await lookedAgo(24 * HOUR);
		it_.missed(ANNA, 'Hello?', 14 * 60);
		it_.missed(ANNA, 'Anybody?', 13 * 60);
		it_.missed(BEN, 'Old', 13 * 60);
		it_.missed(BEN, 'New', 5);
		await it_.look();
		expect(it_.turns).toEqual(['Old\nNew', 'Hello?\nAnybody?']);
		expect(it_.begun.map(({ text }) => text.lateness.tooLate)).toEqual([false, true]);
	});

	it('bring their files along, which are asked for once', async () => {
		it_.missed(ANNA, '', 10, { numMedia: 1 });
		await it_.look();
		await it_.look();
		expect(it_.begun[0]?.turn.texts[0]?.media).toHaveLength(1);
		expect(it_.asked.filter((asked) => asked.startsWith('media'))).toHaveLength(1);
	});

	it('are left to another app that has taken their number over', async () => {
		it_.missed(ANNA, 'Hi', 10);
		it_.takenOver.push(OURS);
		await it_.look();
		expect(it_.begun).toEqual([]);
		expect((await it_.thread(ANNA)).messages).toEqual([]);
	});

	it('cost one request where nothing has happened', async () => {
		await lookedAgo(HOUR);
		const { messageSid } = it_.missed(ANNA, 'Hi', 10).message;
		await byWebhook(messageSid, ANNA, 'Hi');
		it_.asked.length = 0;
		await it_.look();
		expect(it_.asked).toEqual(['list']);
		expect(it_.begun).toEqual([]);
	});

	it('go along with a newer one whose run has just begun', async () => {
		await lookedAgo(HOUR);
		it_.missed(ANNA, 'Hello?', 10);
		await byWebhook('SMnew', ANNA, 'Anybody?');
		await it_.look();
		expect(it_.turns).toEqual(['Hello?']);
	});

	it.each(['webhook first', 'list first'])('start one run, %s', async (order) => {
		await lookedAgo(HOUR);
		const { messageSid } = it_.missed(ANNA, 'Hi', 10).message;
		const webhook = async () => (await byWebhook(messageSid, ANNA, 'Hi')) !== undefined;
		const before = order === 'webhook first' && (await webhook());
		await it_.look();
		const after = order === 'list first' && (await webhook());
		expect(Number(before) + Number(after) + it_.begun.length).toBe(1);
	});

	it('are told of once where the webhook comes just then', async () => {
		const { messageSid } = it_.missed(ANNA, 'Hi', 10).message;
		it_.twilio.sentTo = async () => {
			expect(await byWebhook(messageSid, ANNA, 'Hi')).toBeDefined();
			return [];
		};
		await it_.look();
		expect(it_.told).toEqual([]);
		expect(it_.begun).toEqual([]);
	});

	it('are left to their webhook while it may still come', async () => {
		const { at } = it_.missed(ANNA, 'Hi', 0);
		const { lookAgainAt } = await it_.look();
		expect(lookAgainAt).toBe(at + 30_000);
		expect(it_.begun).toEqual([]);
		it_.clock.advance(30_000);
		expect(await it_.look()).toEqual({ begun: 1 });
	});
});

describe('many contacts at once', () => {
	it('begin as many runs a minute as are allowed, and lose nobody', async () => {
		const contacts = Array.from({ length: 7 }, (_, index) => `+1415555020${index}`);
		contacts.forEach((contact, index) => it_.missed(contact, `${index}`, 60 - index));
		const first = await it_.look({ perMinute: 3 });
		expect(it_.turns).toEqual(['6', '5', '4']);
		it_.clock.advance(20_000);
		await it_.look({ perMinute: 3 });
		expect(it_.begun).toHaveLength(3);
		it_.clock.advance((first.lookAgainAt ?? 0) - it_.clock.now());
		// Whoever writes in the meantime comes first.
		it_.missed('+14155550299', 'new', 1);
		await it_.look({ perMinute: 3 });
		expect(it_.turns.slice(3)).toEqual(['new', '3', '2']);
		it_.clock.advance(MINUTE);
		expect(await it_.look({ perMinute: 3 })).toEqual({ begun: 2 });
		expect(it_.turns.slice(6)).toEqual(['1', '0']);
	});

	it('are told as too late when their turn comes after the limit', async () => {
		it_.missed(ANNA, 'Hello?', 11 * 60 + 59);
		it_.missed(BEN, 'Hi', 1);
		await it_.look({ perMinute: 1 });
		it_.clock.advance(2 * MINUTE);
		await it_.look({ perMinute: 1 });
		expect(it_.begun.map(({ text }) => text.lateness.tooLate)).toEqual([false, true]);
	});

	it('are found again after a crash in their midst, none twice', async () => {
		it_.missed(ANNA, 'A', 30);
		it_.missed(BEN, 'B', 20);
		it_.missed(CARL, 'C', 10);
		const { append } = it_.store.threads;
		let appended = 0;
		it_.store.threads.append = async (...given) => {
			if (++appended === 2) throw new StoreUnavailableError('memory', 'wait');
			return await append(...given);
		};
		await expect(it_.look()).rejects.toThrow(StoreUnavailableError);
		expect(it_.turns).toEqual(['C']);
		it_.clock.advance(61_000);
		await it_.look();
		expect(it_.turns).toEqual(['C', 'B', 'A']);
	});

	it('do not wait for one at whom it fails, who is tried again', async () => {
		it_.missed(ANNA, 'A', 10);
		it_.missed(BEN, 'B', 20);
		const { sentTo } = it_.twilio;
		it_.twilio.sentTo = async (contact) => {
			if (contact === ANNA) throw new Error('500');
			return await sentTo(contact);
		};
		expect(await it_.look()).toMatchObject({ lookAgainAt: it_.clock.now() + MINUTE });
		expect(it_.turns).toEqual(['B']);
		expect(it_.failures).toHaveLength(1);
		it_.twilio.sentTo = sentTo;
		// Much later, and though others have written since.
		it_.clock.advance(3 * HOUR);
		it_.missed(CARL, 'C', 1);
		await it_.look();
		expect(it_.turns).toEqual(['B', 'C', 'A']);
	});
});

describe('not answered, and nothing is left waiting', () => {
	const quiet = async (contact: string) => {
		expect(it_.begun).toEqual([]);
		const thread = await it_.thread(contact);
		expect(textsWithoutRun(thread)).toEqual([]);
		return thread;
	};

	it('is a contact who got a text after theirs, from whatever app', async () => {
		it_.missed(ANNA, 'Hello?', 10);
		it_.answered(ANNA, 5);
		await it_.look();
		expect((await quiet(ANNA)).messages).toHaveLength(1);
	});

	it('is a contact whom a person has taken over', async () => {
		await takeOver(it_.services, threadOf(ANNA));
		it_.missed(ANNA, 'Hello?', 10);
		await it_.look();
		expect((await quiet(ANNA)).messages).toHaveLength(1);
	});

	it('is a contact who has opted out since', async () => {
		it_.missed(ANNA, 'Hello?', 10);
		it_.missed(ANNA, 'STOP', 9);
		await it_.look();
		await quiet(ANNA);
		expect(await consentOf(it_.services, threadOf(ANNA))).toMatchObject({ status: 'optedOut' });
	});

	it('and is looked at once the run that is under way has ended, which it must not end', async () => {
		await lookedAgo(HOUR);
		it_.missed(ANNA, 'Hello?', 10);
		it_.answered(ANNA, 5);
		await byWebhook('SMnew', ANNA, 'And on Sunday?');
		expect(await it_.look()).toMatchObject({ lookAgainAt: it_.clock.now() + MINUTE });
		expect((await it_.thread(ANNA)).state.endedThrough).toBeUndefined();
		await it_.store.threads.changeState(threadOf(ANNA), (state) => ({
			...state,
			endedThrough: 'SMnew',
		}));
		expect(await it_.look()).toEqual({ begun: 0 });
		expect((await quiet(ANNA)).messages).toHaveLength(2);
	});
});

it('answers a contact who got a text before theirs, or only what Twilio says to HELP', async () => {
	it_.missed(ANNA, 'Hello?', 10);
	it_.answered(ANNA, 11);
	it_.missed(BEN, 'Hello?', 10);
	it_.missed(BEN, 'HELP', 9);
	it_.answered(BEN, 9, true);
	await it_.look();
	expect(it_.begun).toHaveLength(2);
});

it('answers a text that was missed before our reply to an earlier one went out, which cannot answer it', async () => {
	it_.clock.advance(-HOUR);
	await it_.look();
	await byWebhook('SMfirst', ANNA, 'Are you open?');
	it_.clock.advance(MINUTE);
	const second = it_.missed(ANNA, 'And on Sunday?', 0);
	it_.clock.advance(MINUTE);
	it_.answered(ANNA, 0, false, 'SMreply');
	const at = new Date(it_.clock.now()).toISOString();
	const reply = storedMessage('Yes, until five', { messageSid: 'SMreply', at });
	await it_.store.threads.append(
		threadOf(ANNA),
		[{ ...reply, direction: 'outbound', author: 'agent', answers: ['SMfirst'] }],
		0,
	);
	it_.clock.advance(5 * MINUTE);
	await it_.look();
	expect(it_.begun.map(({ text }) => text.message.messageSid)).toEqual([
		second.message.messageSid,
	]);
});

it('answers a text that was missed while an earlier one was answered in the conversation it was moved to', async () => {
	it_.clock.advance(-HOUR);
	await it_.look();
	const turn = await byWebhook('SMfirst', ANNA, 'Are you open?');
	if (turn) await moveTurn(it_.services, turn, 'sales');
	it_.clock.advance(MINUTE);
	it_.missed(ANNA, 'And on Sunday?', 0);
	it_.clock.advance(MINUTE);
	it_.answered(ANNA, 0, false, 'SMreply');
	const at = new Date(it_.clock.now()).toISOString();
	const reply = storedMessage('Yes, until five', { messageSid: 'SMreply', at });
	await it_.store.threads.append(
		threadOf(ANNA, 'sales'),
		[{ ...reply, direction: 'outbound', author: 'agent', answers: ['SMfirst'] }],
		0,
	);
	it_.clock.advance(5 * MINUTE);
	await it_.look();
	expect(it_.turns).toEqual(['And on Sunday?']);
});

it('does not take in anew what came to an agent that has another ID, or other numbers, since', async () => {
	await lookedAgo(HOUR);
	const { messageSid } = it_.missed(ANNA, 'Thanks!', 10).message;
	await byWebhook(messageSid, ANNA, 'Thanks!');
	await it_.look();
	const agents = it_.agent({ id: 'reception' });
	await it_.look({ agents });
	it_.clock.advance(MINUTE);
	await it_.look({ agents });
	expect(it_.begun).toEqual([]);
	expect(it_.told).toEqual([]);
});

it('leaves alone a text that was answered, and the heart that the phone put on the answer', async () => {
	it_.missed(ANNA, 'Are you open?', 10);
	it_.answered(ANNA, 9);
	it_.missed(ANNA, 'Loved “Yes, until five”', 8);
	await it_.look();
	expect(it_.begun).toEqual([]);
	expect(it_.told.map(({ recorded }) => recorded.kind)).toEqual(['text', 'reaction']);
});

describe('STOP and START', () => {
	const consent = async () => await consentOf(it_.services, threadOf(ANNA));

	it('count whatever their age, and as of when they came', async () => {
		await lookedAgo(6 * 24 * HOUR);
		const { at } = it_.missed(ANNA, 'STOP', 5 * 24 * 60);
		await it_.look({ perMinute: 0 });
		const since = new Date(at).toISOString();
		expect(await consent()).toMatchObject({ status: 'optedOut', since, by: 'STOP' });
	});

	it('count in order', async () => {
		it_.missed(ANNA, 'STOP', 10);
		it_.missed(ANNA, 'START', 9);
		it_.missed(ANNA, 'Are you open?', 8);
		await it_.look();
		expect(await consent()).toMatchObject({ status: 'optedIn', by: 'START' });
		expect(it_.turns).toEqual(['Are you open?']);
	});

	it('leave a START that came by webhook after a STOP that had not come', async () => {
		await lookedAgo(HOUR);
		it_.missed(ANNA, 'STOP', 10);
		await byWebhook('SMstart', ANNA, 'START');
		await it_.look();
		expect(await consent()).toMatchObject({ status: 'optedIn', by: 'START' });
	});

	it('leave a STOP that came after a Yes to something', async () => {
		await lookedAgo(HOUR);
		it_.missed(ANNA, 'Yes', 10);
		await byWebhook('SMstop', ANNA, 'STOP');
		await it_.look();
		expect(await consent()).toMatchObject({ status: 'optedOut', by: 'STOP' });
		expect(it_.told.map(({ recorded }) => recorded.kind)).toEqual(['text']);
		expect(it_.begun).toEqual([]);
	});

	it('leave what the contact has said since', async () => {
		await lookedAgo(HOUR);
		await byWebhook('SMstop', ANNA, 'STOP');
		await byWebhook('SMstart', ANNA, 'START');
		it_.missed(ANNA, 'STOP', 10);
		await it_.look();
		expect(await consent()).toMatchObject({ status: 'optedIn' });
	});
});

describe('the mark', () => {
	it('of a workflow just published leaves what came before alone', async () => {
		it_.missed(ANNA, 'Before', 3);
		await it_.look({ beginsAt: it_.clock.now() });
		it_.missed(BEN, 'After', 2);
		await it_.look({ beginsAt: it_.clock.now() });
		expect(it_.turns).toEqual(['After']);
	});

	it('of one just published begins there, though the store was away at first', async () => {
		it_.missed(ANNA, 'Before', 30);
		it_.missed(BEN, 'While it was away', 4);
		it_.missed(CARL, 'Then', 3);
		await it_.look({ beginsAt: it_.clock.now() - 5 * MINUTE });
		expect(it_.turns.toSorted()).toEqual(['Then', 'While it was away']);
	});

	it('of one just published is our time where Twilio does not answer', async () => {
		const { textsSince } = it_.twilio;
		it_.twilio.textsSince = async () => await Promise.reject(new Error('away'));
		it_.missed(ANNA, 'Before', 3);
		await expect(it_.look({ beginsAt: it_.clock.now() })).rejects.toThrow('away');
		it_.twilio.textsSince = textsSince;
		await it_.look({ beginsAt: it_.clock.now() });
		expect(it_.begun).toEqual([]);
	});

	it('begins at the last message that is known, where nobody has looked before', async () => {
		it_.clock.advance(-60 * MINUTE);
		await byWebhook('SMknown', ANNA, 'Hi');
		it_.clock.advance(60 * MINUTE);
		it_.missed(BEN, 'Before', 70);
		it_.missed(CARL, 'After', 50);
		await it_.look();
		expect(it_.turns).toEqual(['After']);
	});

	it('begins as far back as texts are answered, where no message is known', async () => {
		it_.missed(BEN, 'Before', 13 * 60);
		it_.missed(CARL, 'After', 11 * 60);
		await it_.look();
		expect(it_.turns).toEqual(['After']);
	});

	it('stays where the list cannot be had', async () => {
		it_.missed(ANNA, 'Hi', 10);
		await it_.look();
		const before = await markOf();
		it_.missed(BEN, 'Hello', 5);
		const { textsSince } = it_.twilio;
		it_.twilio.textsSince = async () => await Promise.reject(new Error('away'));
		await expect(it_.look()).rejects.toThrow('away');
		expect(await markOf()).toEqual(before);
		it_.twilio.textsSince = textsSince;
		await it_.look();
		expect(it_.turns).toEqual(['Hi', 'Hello']);
	});

	it('is one process at a time', async () => {
		it_.missed(ANNA, 'Hi', 10);
		const [one, other] = await Promise.all([it_.look(), it_.look()]);
		expect([one.begun, other.begun]).toEqual([1, 0]);
		expect(other.lookAgainAt).toBe(it_.clock.now() + MINUTE);
	});
});

describe('an agent that notifies', () => {
	it.each(['notify', 'both'] as const)('is told of each text once (%s)', async (onText) => {
		const agents = it_.agent({ onText, webhookUrl: 'https://example.com/' });
		it_.missed(ANNA, 'One', 10);
		it_.missed(ANNA, 'Two', 9);
		it_.missed(BEN, 'Three', 8);
		it_.answered(BEN, 1);
		await it_.look({ agents });
		await it_.look({ agents });
		const told = it_.told.map(({ recorded }) => recorded.message.body);
		expect(told.sort()).toEqual(['One', 'Three', 'Two']);
		expect(it_.turns).toEqual(onText === 'both' ? ['One\nTwo'] : []);
	});
});
