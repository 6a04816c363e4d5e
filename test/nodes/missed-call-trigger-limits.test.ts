import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { IDataObject, ILoadOptionsFunctions } from 'n8n-workflow';
import { MissedCallTrigger } from '../../nodes/MissedCallTrigger/MissedCallTrigger.node';
import { CALLER, openCallBench, type CallBench } from './support/call-bench';

/** Of Jamaica (which has the calling code of the United States), Cuba, a satellite, Britain. */
const ABROAD = ['+18765550100', '+5352345678', '+881612345678', '+447400123456'];

let bench: CallBench;
beforeEach(async () => {
	bench = await openCallBench();
});
afterEach(() => bench.close());

const callFrom = async (from: string) =>
	await bench.twilio.callFromContact({ from, to: bench.number.phoneNumber });
const contactsOf = (items: IDataObject[]) => items.map(({ contact }) => contact);
/** With invented numbers, all different. */
const callMany = async (calls: number, numberOf: (n: number) => string) => {
	for (let n = 0; n < calls; n++) await callFrom(numberOf(n));
};

describe('calls with invented numbers', () => {
	it('from abroad start nothing, eighty of them, and the log says why and what to do', async () => {
		const trigger = await bench.publish();
		await callMany(80, (n) => `+53523${String(45_000 + n)}`);
		expect(await trigger.started()).toEqual([]);
		expect(trigger.warnings[0]).toMatch(
			/has a number of another country than yours .*Callers From Other Countries/,
		);
	});

	it('at home start sixty runs an hour, and the log tells of the others', async () => {
		const trigger = await bench.publish();
		await callMany(80, (n) => `+1415556${String(1_000 + n)}`);
		expect(await trigger.started()).toHaveLength(60);
		expect(trigger.warnings.at(-1)).toMatch(
			/called after as many as are texted within an hour .*raise Most Callers Texted per Hour/,
		);
		for (let minute = 0; minute < 60; minute++) await bench.clock.advance(60_000);
		await callFrom(CALLER);
		expect(contactsOf(await trigger.started()).slice(60)).toEqual([CALLER]);
	});
});

describe('a caller who called when as many were texted as may be', () => {
	it('is texted when they call again in the next hour, however long calls count as one', async () => {
		const trigger = await bench.publish({
			options: { callersPerHour: 1, windowMinutes: 1_440 },
		});
		await callFrom('+14155561000');
		await callFrom(CALLER);
		expect(contactsOf(await trigger.started())).toEqual(['+14155561000']);
		for (let minute = 0; minute < 60; minute++) await bench.clock.advance(60_000);
		await callFrom(CALLER);
		await callFrom(CALLER);
		expect(contactsOf(await trigger.started())).toEqual(['+14155561000', CALLER]);
	});
});

describe('callers from abroad', () => {
	it('are not texted; those from the country of the called number are, and Canadians', async () => {
		const trigger = await bench.publish();
		for (const from of [...ABROAD, '+14165550123', CALLER]) await callFrom(from);
		expect(contactsOf(await trigger.started())).toEqual(['+14165550123', CALLER]);
	});

	it('are none where Twilio has the islands and the country as one, whichever was chosen', async () => {
		const trigger = await bench.publish({ options: { otherCountries: ['FI', 'AU'] } });
		// Of Finland, Åland, the Cocos Islands, Australia, Sweden.
		const islands = ['+358401234567', '+358184570000', '+61891621234', '+61412345678'];
		for (const from of [...islands, '+46701234567']) await callFrom(from);
		expect(contactsOf(await trigger.started())).toEqual(islands);
	});

	it('are texted from the countries that were chosen', async () => {
		const options = { otherCountries: ['GB', 'JM'] };
		const trigger = await bench.publish({ options });
		for (const from of ABROAD) await callFrom(from);
		expect(contactsOf(await trigger.started())).toEqual(['+18765550100', '+447400123456']);
	});

	it('are all texted where that was chosen', async () => {
		const trigger = await bench.publish({ options: { otherCountries: ['all'] } });
		for (const from of ABROAD) await callFrom(from);
		expect(contactsOf(await trigger.started())).toEqual(ABROAD);
	});

	it('are of a country that there is, or nothing is published', async () => {
		const publishing = bench.publish({ options: { otherCountries: ['Narnia'] } });
		await expect(publishing).rejects.toMatchObject({
			message: expect.stringMatching(/Callers From Other Countries: "Narnia"/),
		});
	});

	it('can be chosen by name', async () => {
		const { getCountries } = new MissedCallTrigger().methods.loadOptions;
		const options = await getCountries.call({} as ILoadOptionsFunctions);
		expect(options[0]).toMatchObject({ name: 'All Countries', value: 'all' });
		expect(options).toContainEqual({ name: 'Mexico', value: 'MX' });
		expect(options.length).toBeGreaterThan(200);
	});
});
