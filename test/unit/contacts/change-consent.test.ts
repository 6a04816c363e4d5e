import { beforeEach, describe, expect, it } from '@jest/globals';
import { changeConsent } from '../../../nodes/shared/contacts/change-consent';
import type { ConsentChange } from '../../../nodes/shared/contacts/contact';
import { readStanding } from '../../../nodes/shared/contacts/standing';
import { recordKeys } from '../../../nodes/shared/threads/record-keys';
import type { OpenThreadStore } from '../../../nodes/shared/threads/thread-store';
import { ManualClock } from '../../support/manual-clock';
import { memoryThreadStore } from '../../support/memory-thread-store';

const ACCOUNT = `AC${'0'.repeat(32)}`;
const NUMBER = '+14155550123';
const IDENTITY = { accountSid: ACCOUNT, brand: '', number: NUMBER };
const THREAD = `${ACCOUNT}:assistant:${NUMBER}`;
const CONTACT_KEY = recordKeys.contact(ACCOUNT, '', NUMBER);
const ERASED_KEY = recordKeys.erased(ACCOUNT, '', NUMBER);

const at = (minute: number) => `2026-05-01T10:0${minute}:00.000Z`;
const stop = (minute: number): ConsentChange => ({
	status: 'optedOut',
	since: at(minute),
	by: 'STOP',
	how: 'keyword',
});
const start = (minute: number): ConsentChange => ({
	...stop(minute),
	status: 'optedIn',
	by: 'START',
});

describe('changeConsent', () => {
	let store: OpenThreadStore;
	let services: { store: OpenThreadStore; clock: ManualClock };

	beforeEach(() => {
		const clock = new ManualClock();
		store = memoryThreadStore(clock);
		services = { store, clock };
	});

	const consentSeen = async () => (await readStanding(services, THREAD, 1)).contact.consent;

	it('lets every thread of the contact see what they want, and keeps what they said before', async () => {
		await changeConsent(services, IDENTITY, stop(1));
		const { contact } = await changeConsent(services, IDENTITY, start(2));
		expect(await consentSeen()).toEqual(start(2));
		expect(contact.changes).toEqual([stop(1), start(2)]);
	});

	it('does not let what was said earlier undo what was said since', async () => {
		await changeConsent(services, IDENTITY, stop(2));
		await changeConsent(services, IDENTITY, start(1), { isNewest: false });
		expect(await consentSeen()).toEqual(stop(2));
	});

	it('tells whether a change holds: also made again, not where it says nothing new', async () => {
		const said = async (change: ConsentChange, isNewest = true) =>
			(await changeConsent(services, IDENTITY, change, { isNewest })).holds;
		expect(await said(stop(2))).toBe(true);
		// A delivery that is repeated because the process died after the first one.
		expect(await said(stop(2))).toBe(true);
		expect(await said(stop(3))).toBe(false);
		expect(await said(start(1), false)).toBe(false);
		expect(await said({ ...stop(2), messageSid: `SM${'1'.repeat(32)}` })).toBe(false);
	});

	it('begins the record of an erased contact anew when they opt in', async () => {
		await store.records.change(ERASED_KEY, () => ({ consent: { ...stop(1) } }));
		await changeConsent(services, IDENTITY, stop(2));
		expect(await store.records.read([CONTACT_KEY])).toEqual([undefined]);
		expect((await consentSeen()).status).toBe('optedOut');

		const { contact } = await changeConsent(services, IDENTITY, start(3));
		expect(contact).toEqual({
			consent: start(3),
			changes: [start(3)],
			name: '',
			facts: {},
			timeZone: '',
		});
		expect(await store.records.read([ERASED_KEY])).toEqual([undefined]);
	});

	it('holds an opt-out that outlived its contact also when the contact has got a name since', async () => {
		await store.records.change(ERASED_KEY, () => ({ consent: { ...stop(1) } }));
		await store.records.change(CONTACT_KEY, () => ({ name: 'Ann' }));
		expect((await consentSeen()).status).toBe('optedOut');
	});
});
