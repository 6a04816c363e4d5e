import type { Composition } from '../../../nodes/shared/composing/parse-answer';
import type {
	ActingRequest,
	CompositionRequest,
	ReplyComposer,
	ToolCalls,
} from '../../../nodes/shared/composing/reply-composer';
import type { ReplyPlan, ReplyTurn } from '../../../nodes/shared/replying/reply-turn';
import type { Message } from '../../../nodes/shared/messaging/message';
import { storedMessage } from '../../support/stored-message';
import { CONTACT, OURS, type SendingDesk } from '../sending/sending-fixture';

export const told = {
	usage: { promptTokens: 9, completionTokens: 1, totalTokens: 10 },
	model: 'small',
};
export const hello: Composition = { kind: 'reply', text: 'Hello!', ...told };

export const plan: ReplyPlan = {
	smsPrompt: 'You are Ava.',
	context: {},
	history: { maxMessages: 30, maxCharacters: 8000 },
	text: { maxSegments: 2, whenLonger: 'send', rewriteToGsm: true },
	timeZone: 'UTC',
	onModelError: 'needsHuman',
	keepTryingMs: 7_200_000,
	handoverText: '',
	pauseAfterHandOverMs: null,
	optOutText: '',
	looksElsewhere: false,
	maxRepliesPerHour: 30,
	acting: { maxCalls: 8, callTimeoutMs: 30_000 },
};

/** A text that has just come. */
export function inbound(body: string): Message {
	return storedMessage(body, { sender: OURS, at: new Date().toISOString() });
}

export function turnAt(desk: SendingDesk, messages: Message[]): ReplyTurn {
	return {
		threadId: desk.threadId,
		agentName: 'Ava',
		contact: CONTACT,
		sender: OURS,
		messagingServiceSid: desk.serviceSid,
		messages,
	};
}

type Made<Answer> = Answer | Promise<Answer>;

/** A composer that does what it is told, and what it was asked. */
export function composerOf(
	compose: (request: CompositionRequest) => Made<Composition>,
	step: (request: ActingRequest) => Made<Composition | ToolCalls> = compose,
) {
	const requests: CompositionRequest[] = [];
	const composer: ReplyComposer = {
		compose: async (request) => {
			requests.push(request);
			return await compose(request);
		},
		step: async (request) => {
			requests.push(request);
			return await step(request);
		},
		fill: async () => {
			throw new Error('Nobody asked for a form');
		},
	};
	return { composer, requests };
}
