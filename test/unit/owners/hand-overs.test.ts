import { beforeEach, describe, expect, it } from '@jest/globals';
import {
	closeHandOver,
	HIGHEST_NUMBER,
	openHandOver,
	openHandOvers,
} from '../../../nodes/shared/owners/hand-overs';
import { recordKeys } from '../../../nodes/shared/threads/record-keys';
import { readRecord, type RecordStore } from '../../../nodes/shared/threads/record-store';
import { FakeClock } from '../../support/fake-clock';
import { memoryThreadStore } from '../../support/memory-thread-store';

const OWNED = { accountSid: 'AC1', agentId: 'front-desk' };
const minute = (count: number) => new Date(Date.UTC(2026, 0, 1, 0, count)).toISOString();

let records: RecordStore;
beforeEach(() => {
	({ records } = memoryThreadStore(new FakeClock(0)));
});

const open = async (contact: string, at = minute(0), owned = OWNED) =>
	await openHandOver(records, owned, {
		...{ threadId: `AC1:${owned.agentId}:${contact}`, contact, at, why: 'They ask for it' },
		...{ sender: '+1000', messagingServiceSid: null },
	});
const close = async (contact: string) =>
	await closeHandOver(records, OWNED, `AC1:front-desk:${contact}`);
const numbers = async () =>
	Object.fromEntries(
		(await openHandOvers(records, OWNED)).map(({ number, contact }) => [number, contact]),
	);

describe('the numbers of hand-overs', () => {
	it('stay with their contact, and are of one agent', async () => {
		expect([await open('+1'), await open('+2'), await open('+1', minute(9))]).toEqual([
			1, 2, 1,
		]);
		expect(await open('+1', minute(0), { ...OWNED, agentId: 'other' })).toBe(1);
		expect((await openHandOvers(records, OWNED))[0]?.at).toBe(minute(9));
		expect(await readRecord(records, recordKeys.handOvers('AC1', 'front-desk'))).toMatchObject({
			next: 3,
			open: { 1: { contact: '+1' }, 2: { contact: '+2' } },
		});
	});

	it('go to nobody else before all others have had a contact, the one closed first before the rest', async () => {
		for (let count = 1; count <= 10; count++) await open(`+${count}`);
		for (const contact of ['+7', '+3']) await close(contact);
		await close('+7');
		expect(await open('+11')).toBe(11);
		for (let count = 12; count <= HIGHEST_NUMBER; count++) await open(`+${count}`);
		expect([await open('+a'), await open('+b')]).toEqual([7, 3]);
	});

	it('are 99 at most: the contact told of longest ago gives theirs up', async () => {
		for (let count = 1; count <= HIGHEST_NUMBER; count++)
			await open(`+${count}`, minute(count));
		await open('+1', minute(200));
		expect(await open('+new', minute(201))).toBe(2);
		const kept = await numbers();
		expect(Object.keys(kept)).toHaveLength(HIGHEST_NUMBER);
		expect([kept[1], kept[2]]).toEqual(['+1', '+new']);
	});

	it('are never given to two of fifty who come at once', async () => {
		const given = await Promise.all(
			Array.from({ length: 50 }, async (_, index) => await open(`+${index}`)),
		);
		expect(new Set(given).size).toBe(50);
		const again = await Promise.all(
			given.map(async (number, index) => {
				if (index % 2 === 1) return await open(`+${index}`);
				await close(`+${index}`);
				return number;
			}),
		);
		expect(again).toEqual(given);
		expect(Object.keys(await numbers())).toHaveLength(25);
	});
});
