import { describe, expect, it } from '@jest/globals';
import { type Agent, routeToAgent } from '../../../nodes/shared/messaging/agent';

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

describe('routeToAgent', () => {
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
		const route = routeToAgent(agents, text);
		expect(route).toMatchObject({ index, matchedBy });
		expect(route.agent.id).toBe(id);
	});

	it('goes to the first agent where every agent has numbers and none has this one', () => {
		const route = routeToAgent([agent('one', '+1415'), agent('two', '+1416')], { to: '+1417' });
		expect(route).toMatchObject({ index: 0, matchedBy: 'default' });
	});
});
