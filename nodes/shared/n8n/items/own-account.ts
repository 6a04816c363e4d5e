import type { IExecuteFunctions } from 'n8n-workflow';
import { InvalidInputError } from '../../messaging/invalid-input-error';
import { parseThreadId } from '../../messaging/thread-id';
import { itemsOf, triggersBefore } from './trigger-item';

/**
 * Throws InvalidInputError where a conversation is of another Twilio account than the node's: one
 * store may keep those of several, and an item says which it is of. To be called before the store is
 * read or written.
 *
 * @param accountSid of the node's Twilio credential. Without one, the triggers of this run say which
 * accounts it may be of; a run without any, as a sub-workflow's, has nothing to compare with.
 */
export function assertOwnAccount(
	context: IExecuteFunctions,
	threadId: string,
	accountSid: string | undefined,
): void {
	const of = parseThreadId(threadId)?.accountSid;
	if (of === undefined || of === accountSid) return;
	if (accountSid !== undefined) {
		throw new InvalidInputError({
			field: 'Credential for Twilio Messaging API',
			cause: 'it is for another Twilio account than the one that received this text',
			fix: 'Choose the credential that the Incoming SMS Trigger uses.',
		});
	}
	const accounts = accountsOfRun(context);
	if (accounts.size === 0 || accounts.has(of)) return;
	throw new InvalidInputError({
		field: 'Input',
		cause: 'the field "threadId" of this item is of another Twilio account than the texts and calls of this run',
		fix: 'Look for the node before this one that adds or changes "threadId", and give its field another name.',
	});
}

/** Whose texts and calls the triggers before this node have emitted. */
function accountsOfRun(context: IExecuteFunctions): Set<string> {
	const emitted = triggersBefore(context).flatMap(({ name }) => itemsOf(context, name));
	return new Set(
		emitted.flatMap(({ json: { threadId } }) => {
			const thread = typeof threadId === 'string' ? parseThreadId(threadId) : undefined;
			return thread ? [thread.accountSid] : [];
		}),
	);
}
