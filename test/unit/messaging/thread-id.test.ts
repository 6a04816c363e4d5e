import { describe, expect, it } from '@jest/globals';
import { parseThreadId, threadIdOf } from '../../../nodes/shared/messaging/thread-id';

const accountSid = `AC${'0'.repeat(32)}`;

describe('threadIdOf', () => {
	it('joins account, agent and contact, and comes apart again', () => {
		const identity = { accountSid, agentId: 'front-desk', contact: '+14155550123' };
		const threadId = threadIdOf(identity);
		expect(threadId).toBe(`${accountSid}:front-desk:+14155550123`);
		expect(parseThreadId(threadId)).toEqual(identity);
	});

	it('takes a sender that is a name with blanks', () => {
		const identity = { accountSid, agentId: 'a', contact: 'Post Office' };
		expect(parseThreadId(threadIdOf(identity))).toEqual(identity);
	});

	it('stays within the 74 characters of an n8n session key at its longest', () => {
		const agentId = 'a'.repeat(20);
		expect(
			threadIdOf({ accountSid, agentId, contact: `+${'9'.repeat(15)}` }).length,
		).toBeLessThanOrEqual(74);
	});

	it.each([
		['Account SID', { accountSid: 'AC123', agentId: 'a', contact: '+14155550123' }],
		['Agent ID', { accountSid, agentId: 'Front Desk', contact: '+14155550123' }],
		['Agent ID', { accountSid, agentId: 'a'.repeat(21), contact: '+14155550123' }],
		['Agent ID', { accountSid, agentId: '', contact: '+14155550123' }],
		['Contact', { accountSid, agentId: 'a', contact: 'a:b' }],
		['Contact', { accountSid, agentId: 'a', contact: '' }],
		['Contact', { accountSid, agentId: 'a', contact: ' Post' }],
		['Contact', { accountSid, agentId: 'a', contact: '+1 415 555' }],
		['Contact', { accountSid, agentId: 'a', contact: 'Post\nOffice' }],
	])('refuses a malformed %s by its name', (field, identity) => {
		expect(() => threadIdOf(identity)).toThrow(new RegExp(`^${field}: `));
	});

	it.each(['', 'x', 'a:b:c', `${accountSid}:a:+1:more`])('does not take %j apart', (text) => {
		expect(parseThreadId(text)).toBeUndefined();
	});
});
