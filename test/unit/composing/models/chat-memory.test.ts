import { describe, expect, it } from '@jest/globals';
import { chatMemory, type ChatMemory } from '../../../../nodes/shared/composing/models/chat-memory';
import { MemoryError } from '../../../../nodes/shared/composing/conversation-memory';

/** A memory as a sub-node supplies it. */
function connected(change: Partial<ChatMemory>, timeoutMs = 1_000) {
	return chatMemory(
		{
			loadMemoryVariables: async () => ({ chat_history: [] }),
			saveContext: async () => undefined,
			...change,
		},
		timeoutMs,
	);
}

const holding = (...messages: unknown[]) =>
	connected({ loadMemoryVariables: async () => ({ chat_history: messages }) });

describe('a connected memory', () => {
	it('reads what both sides said, in any form in which messages come', async () => {
		const memory = holding(
			{ type: 'human', content: 'Hi' },
			{ getType: () => 'ai', content: [{ type: 'text', text: 'Hello!' }] },
			{ _getType: () => 'human', content: [{ type: 'text', text: 'How ' }, 'are you?'] },
		);
		expect(await memory.load()).toEqual([
			{ role: 'user', content: 'Hi' },
			{ role: 'assistant', content: 'Hello!' },
			{ role: 'user', content: 'How are you?' },
		]);
	});

	it('leaves out what neither side said', async () => {
		const memory = holding(
			{ type: 'system', content: 'Be kind' },
			{ type: 'tool', content: '{"free":true}' },
			{ type: 'ai', content: '', tool_calls: [{ name: 'calendar' }] },
			{ type: 'ai', content: [{ type: 'reasoning', text: 'Hmm' }] },
			{ content: 'from nobody' },
			'just words',
			null,
		);
		expect(await memory.load()).toEqual([]);
	});

	it('is handed one exchange as the words of both', async () => {
		const calls: unknown[] = [];
		await connected({
			saveContext: async (...call) => {
				calls.push(call);
			},
		}).save('Hi', 'Hello!');
		expect(calls).toEqual([[{ input: 'Hi' }, { output: 'Hello!' }]]);
	});

	it.each([{}, { chat_history: 'Human: Hi' }, 'Human: Hi', undefined])(
		'never reads %j as an empty conversation',
		async (found) => {
			const memory = connected({ loadMemoryVariables: async () => found });
			await expect(memory.load()).rejects.toThrow(
				'The connected memory could not be read: it does not give a list of messages',
			);
		},
	);

	it('says in its own words what is wrong, without the password', async () => {
		const refuse = async () => {
			throw new Error('connect ECONNREFUSED redis://ann:secret@10.0.0.1:6379');
		};
		const memory = connected({ loadMemoryVariables: refuse, saveContext: refuse });
		const why = 'connect ECONNREFUSED redis://ann:[hidden]@10.0.0.1:6379';
		await expect(memory.load()).rejects.toMatchObject({
			message: `The connected memory could not be read: ${why}`,
			fix: expect.stringContaining('Memory node'),
		});
		await expect(memory.save('Hi', 'Hello!')).rejects.toThrow(
			`The connected memory could not keep this exchange: ${why}`,
		);
	});

	it('is given up where its server never answers', async () => {
		const memory = connected({ loadMemoryVariables: () => new Promise(() => {}) }, 20);
		await expect(memory.load()).rejects.toBeInstanceOf(MemoryError);
		await expect(memory.load()).rejects.toThrow('no answer came within 0.02 seconds');
	});

	it('is given up when the execution is cancelled', async () => {
		const memory = connected({ loadMemoryVariables: () => new Promise(() => {}) });
		const cancelled = new AbortController();
		const loading = memory.load(cancelled.signal);
		cancelled.abort(new Error('cancelled'));
		await expect(loading).rejects.toThrow('cancelled');
	});
});
