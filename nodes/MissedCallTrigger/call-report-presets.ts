import type { CallReportMapping } from '../shared/calls/call-report';

/** Systems whose reports are documented in public; docs/decisions.md says where. */
export const CALL_REPORT_PRESETS: Record<'retell' | 'vapi', CallReportMapping> = {
	retell: {
		kind: { field: 'event', value: 'call_ended' },
		contact: 'call.from_number',
		called: 'call.to_number',
		outbound: { field: 'call.direction', value: 'outbound' },
		callId: 'call.call_id',
		status: 'call.disconnection_reason',
		missed: ['dial_no_answer', 'dial_busy', 'dial_failed', 'voicemail_reached'],
	},
	vapi: {
		kind: { field: 'message.type', value: 'end-of-call-report' },
		// In both directions, the customer is the other side.
		contact: 'message.customer.number',
		called: 'message.phoneNumber.number',
		callId: 'message.call.id',
		status: 'message.endedReason',
		missed: ['customer-did-not-answer', 'customer-busy', 'voicemail'],
	},
};
