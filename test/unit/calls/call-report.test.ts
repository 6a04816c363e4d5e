import { describe, expect, it } from '@jest/globals';
import { readCallReport, type CallReportMapping } from '../../../nodes/shared/calls/call-report';

const MAPPING: CallReportMapping = {
	contact: 'call.from',
	called: 'call.to',
	callId: 'call.id',
	status: 'call.status',
	missed: ['No-Answer ', ' busy'],
};
const CALL = { id: 'c1', from: '+14155550123', to: '+14155550100', status: 'no-answer' };

describe('readCallReport', () => {
	it('finds nested fields, and compares values without regard to case and blanks', () => {
		expect(readCallReport({ call: CALL }, MAPPING)).toEqual({
			kind: 'missed',
			callId: 'c1',
			contact: '+14155550123',
			called: '+14155550100',
			status: 'no-answer',
			weCalled: false,
		});
	});

	it('lets the two numbers change places in a call that we made', () => {
		const mapping = { ...MAPPING, outbound: { field: 'call.direction', value: 'outbound' } };
		const report = { call: { ...CALL, direction: 'outbound' } };
		expect(readCallReport(report, mapping)).toMatchObject({
			contact: '+14155550100',
			called: '+14155550123',
		});
	});

	it('passes over other values and other kinds of report', () => {
		const taken = { call: { ...CALL, status: 'completed' } };
		expect(readCallReport(taken, MAPPING)).toEqual({ kind: 'other' });
		const mapping = { ...MAPPING, kind: { field: 'event', value: 'call_ended' } };
		expect(readCallReport({ event: 'call_started' }, mapping)).toEqual({ kind: 'other' });
	});

	it('names the field that is not there', () => {
		expect(readCallReport({ call: { ...CALL, status: undefined } }, MAPPING)).toEqual({
			kind: 'incomplete',
			field: 'call.status',
		});
		expect(readCallReport({ call: { ...CALL, id: null } }, MAPPING)).toEqual({
			kind: 'incomplete',
			field: 'call.id',
		});
	});

	it.each([undefined, null, 'text', 7, [], { call: null }, { call: 'x' }])(
		'does not fail on %j',
		(body) => {
			expect(readCallReport(body, MAPPING).kind).toBe('incomplete');
		},
	);

	it('reads no inherited property', () => {
		const mapping = { ...MAPPING, status: 'constructor.name', missed: ['object'] };
		expect(readCallReport({}, mapping).kind).toBe('incomplete');
	});
});
