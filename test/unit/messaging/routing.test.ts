import { describe, expect, it } from '@jest/globals';
import type { Agent } from '../../../nodes/shared/messaging/agent';
import { routesFor } from '../../../nodes/shared/messaging/routing';

const SERVICE = `MG${'0'.repeat(32)}`;
const agent = (id: string, ...senders: string[]): Agent => ({
	id,
	name: id,
	smsPrompt: '',
	senders,
	onText: 'reply',
	webhookUrl: '',
	brand: '',
	ownersPhones: [],
});

describe('routesFor', () => {
	const agents: [Agent, ...Agent[]] = [
		agent('service', SERVICE),
		agent('rest'),
		agent('number', '+14155550101'),
	];

	it.each([
		['the number before the Messaging Service', '+14155550101', SERVICE, 'number', 2, 'number'],
		['the Messaging Service', '+14155550199', SERVICE, 'service', 0, 'messagingService'],
		['the agent without numbers', '+14155550199', undefined, 'rest', 1, 'default'],
		['the agent without numbers', '+14155550199', 'MG1', 'rest', 1, 'default'],
	])('goes by %s', (_by, to, messagingServiceSid, id, index, matchedBy) => {
		const text = { to, ...(messagingServiceSid ? { messagingServiceSid } : {}) };
		const { all } = routesFor(agents, text);
		expect(all).toMatchObject([{ index, matchedBy, agent: { id } }]);
	});

	it('goes to the first agent where every agent has numbers and none has this one', () => {
		const { all } = routesFor([agent('one', '+1415'), agent('two', '+1416')], { to: '+1417' });
		expect(all).toMatchObject([{ index: 0, matchedBy: 'default' }]);
	});

	it('goes to each agent that shares what was texted, and to no other', () => {
		const sharing: [Agent, ...Agent[]] = [
			agent('rest'),
			agent('one', '+1415', '+1416'),
			agent('two', '+1415'),
			agent('rest-too'),
		];
		const idsFor = (to: string) =>
			routesFor(sharing, { to }).all.map(({ agent: { id }, matchedBy }) => [id, matchedBy]);
		expect(idsFor('+1415')).toEqual([
			['one', 'share'],
			['two', 'share'],
		]);
		expect(idsFor('+1416')).toEqual([['one', 'number']]);
		expect(idsFor('+1417')).toEqual([
			['rest', 'share'],
			['rest-too', 'share'],
		]);
	});
});
