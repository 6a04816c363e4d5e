import { describe, expect, it } from '@jest/globals';
import type { INodeProperties } from 'n8n-workflow';
import { properties } from '../../../nodes/AgentReply/fields';
import type { ReplyComposer } from '../../../nodes/shared/composing/reply-composer';
import type { Message } from '../../../nodes/shared/messaging/message';
import { UNKNOWN_CONTACT } from '../../../nodes/shared/contacts/contact';
import { composeReply } from '../../../nodes/shared/replying/compose-reply';
import type { ReplyPlan } from '../../../nodes/shared/replying/reply-turn';
import { INITIAL_STATE } from '../../../nodes/shared/threads/thread-store';
import { DEFAULT_LIMITS } from '../../../nodes/shared/threads/thread-limits';
import { FakeClock } from '../../support/fake-clock';
import { memoryThreadStore } from '../../support/memory-thread-store';
import { storedMessage } from '../../support/stored-message';

const MINUTE = 60_000;
const THREAD = `AC${'0'.repeat(32)}:front-desk:+14155550123`;
const plan: ReplyPlan = {
	smsPrompt: 'You are Ava.',
	context: {},
	history: { maxMessages: 30, maxCharacters: 8000 },
	text: { maxSegments: 2, whenLonger: 'send', rewriteToGsm: true },
	timeZone: 'UTC',
	onModelError: 'throw',
	keepTryingMs: 7_200_000,
	handoverText: '',
	pauseAfterHandOverMs: null,
	optOutText: '',
	looksElsewhere: false,
	maxRepliesPerHour: 2,
	acting: { maxCalls: 8, callTimeoutMs: 30_000 },
};
const compose: ReplyComposer['compose'] = async () => ({
	kind: 'reply',
	text: 'Hello!',
	usage: null,
	model: 'small',
});
const fill = async () => ({ text: '', cutOff: false, usage: null, model: 'small' });
const composer: ReplyComposer = { compose, step: compose, fill };

/** What comes of a text to an agent that has replied so many minutes ago. */
async function outcomeAfter(repliesMinutesAgo: number[]): Promise<string> {
	const clock = new FakeClock();
	const at = (minutesAgo: number) => new Date(clock.now() - minutesAgo * MINUTE).toISOString();
	const reply = (minutesAgo: number): Message =>
		storedMessage('Hello!', { direction: 'outbound', author: 'agent', at: at(minutesAgo) });
	const text = storedMessage('Hi', { at: at(0) });
	const messages = [...repliesMinutesAgo.map(reply), text];
	const thread = {
		threadId: THREAD,
		messages,
		state: INITIAL_STATE,
		droppedMessages: 0,
		keptMessages: messages.length,
		contact: UNKNOWN_CONTACT,
		actions: [],
	};
	const turn = {
		threadId: THREAD,
		agentName: 'Ava',
		contact: '+14155550123',
		sender: '+14155550100',
		messagingServiceSid: null,
		messages: [text],
	};
	const services = { store: memoryThreadStore(clock), clock, composer };
	return (await composeReply(services, thread, turn, plan)).kind;
}

describe('the replies that a contact gets in an hour', () => {
	it('are those of the last sixty minutes', async () => {
		expect(await outcomeAfter([61, 1])).toBe('replied');
		expect(await outcomeAfter([59, 1])).toBe('needsHuman');
	});

	it('can be counted, by default, in what a workflow keeps of a thread', () => {
		const options = properties.find(({ name }) => name === 'options')?.options;
		const field = (options as INodeProperties[]).find(
			({ name }) => name === 'maxRepliesPerHour',
		);
		expect(2 * Number(field?.default)).toBeLessThan(DEFAULT_LIMITS.messagesPerThread);
	});
});
