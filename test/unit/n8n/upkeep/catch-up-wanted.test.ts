import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
	isCatchUpWanted,
	lastRefusal,
	noteRefusal,
	wantCatchUp,
} from '../../../../nodes/shared/n8n/upkeep/catch-up-wanted';
import { CATCH_UP } from '../../../../nodes/shared/n8n/upkeep/names';
import { startUpkeep } from '../../../../nodes/shared/n8n/upkeep/upkeep';
import { StoreUnavailableError } from '../../../../nodes/shared/threads/thread-store';
import { FakeClock } from '../../../support/fake-clock';
import { memoryThreadStore } from '../../../support/memory-thread-store';

const TRIGGER = 'n8n:workflow:node';
let clock: FakeClock;
let services: { clock: FakeClock; store: ReturnType<typeof memoryThreadStore> };
let wanted: boolean[];
let stop = () => {};

beforeEach(() => {
	clock = new FakeClock();
	services = { clock, store: memoryThreadStore(clock) };
	wanted = [];
});
afterEach(() => stop());

/** This process looks after the trigger. */
function lookedAfterHere() {
	const look = async () => {
		wanted.push(isCatchUpWanted(TRIGGER));
		return undefined;
	};
	const failed = (_: string, error: unknown) => {
		throw error;
	};
	stop = startUpkeep(TRIGGER, [{ name: CATCH_UP, look }], { clock, failed });
}

const openStore = async () => services.store;

const pass = async (ms: number) => {
	clock.advance(ms);
	await new Promise(setImmediate);
};

describe('a text that was turned away', () => {
	it('is looked for soon, though nobody texts', async () => {
		lookedAfterHere();
		await pass(0);
		await pass(60_000);
		expect(wanted).toEqual([false]);
		noteRefusal(TRIGGER, clock, openStore);
		await pass(60_000);
		expect(wanted).toEqual([false, true]);
		await pass(60_000);
		expect(wanted).toHaveLength(2);
	});

	it('is told in the store, where another process looks after the trigger', async () => {
		expect(await lastRefusal(services, TRIGGER)).toBeUndefined();
		for (let texts = 0; texts < 2; texts++) {
			noteRefusal(TRIGGER, clock, openStore);
			noteRefusal(TRIGGER, clock, openStore);
			await pass(10_000);
			expect(await lastRefusal(services, TRIGGER)).toBe(new Date(clock.now()).toISOString());
		}
		expect(isCatchUpWanted(TRIGGER)).toBe(false);
	});

	it('is told as soon as the store is back', async () => {
		let isAway = true;
		noteRefusal(TRIGGER, clock, async () => {
			if (isAway) throw new StoreUnavailableError('memory', 'wait');
			return services.store;
		});
		await pass(10_000);
		await pass(10_000);
		isAway = false;
		expect(await lastRefusal(services, TRIGGER)).toBeUndefined();
		await pass(10_000);
		expect(await lastRefusal(services, TRIGGER)).toBeDefined();
	});
});

it('says whether this process looks for missed texts at all', () => {
	expect(wantCatchUp(TRIGGER)).toBe(false);
	lookedAfterHere();
	expect(wantCatchUp(TRIGGER)).toBe(true);
});
