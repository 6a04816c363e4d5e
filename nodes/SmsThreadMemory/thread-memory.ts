import type { ModelMessage } from '../shared/composing/reply-composer';
import { InvalidInputError } from '../shared/messaging/invalid-input-error';
import { ThreadMessage } from './thread-message';

/**
 * What n8n's agents, Chat Memory Manager and Chat Trigger ask a memory for. It can be read only: what
 * was really texted, Send SMS writes into the thread, so an answer that an agent saves would stand
 * there twice, and one that was never sent would stand there at all.
 *
 * @param refuse makes the error for those who would change the thread on purpose.
 */
export function threadMemory(
	messages: readonly ModelMessage[],
	refuse: (error: InvalidInputError) => Error,
) {
	const all = () => messages.map((message) => new ThreadMessage(message));
	const saveNothing = async () => {};
	const changeNothing = async () => {
		throw refuse(
			new InvalidInputError({
				field: 'Memory',
				cause: 'a text conversation holds what was really texted, so nothing can be put into it or taken out of it here; it is as it was',
				fix: 'Only get messages here. To text, use Send SMS; to delete a conversation, use SMS Agent.',
			}),
		);
	};
	return {
		loadMemoryVariables: async () => ({ chat_history: all() }),
		/** An agent saves what it was asked and what it said. */
		saveContext: saveNothing,
		chatHistory: {
			getMessages: async () => all(),
			/** An agent with tools saves by this one. */
			addMessages: saveNothing,
			/** The Chat Memory Manager inserts and deletes by these. */
			addMessage: changeNothing,
			addUserMessage: changeNothing,
			addAIMessage: changeNothing,
			clear: changeNothing,
		},
	};
}
