import type { IExecuteFunctions } from 'n8n-workflow';
import { InvalidInputError } from '../shared/messaging/invalid-input-error';
import { parsePhoneNumbers } from '../shared/messaging/phone-number';
import type { Conversation } from './conversation';

const FIELD = 'Allowed Recipients';

/**
 * Throws InvalidInputError where a model that calls this node as a tool may not text that number.
 * The rule is read as it was typed: an expression in its place could be the model's.
 */
export function assertAllowedRecipient(
	context: IExecuteFunctions,
	itemIndex: number,
	to: string,
	conversation: Conversation | undefined,
	country: string | undefined,
): void {
	const rule = typedText(context, itemIndex, 'allowedRecipients', 'contact');
	switch (rule) {
		case 'anyone':
			return;
		case 'list': {
			const typed = typedText(context, itemIndex, 'allowedNumbers', '');
			const numbers = parsePhoneNumbers(typed, country, 'Allowed Numbers');
			if (numbers.includes(to)) return;
			throw new InvalidInputError({
				field: FIELD,
				cause: `${to} is not one of the numbers this tool may text; nothing was sent`,
				fix: 'Text one of the allowed numbers, or add this one to Allowed Numbers.',
			});
		}
		case 'contact':
			if (conversation?.contact === to) return;
			throw new InvalidInputError({
				field: FIELD,
				cause: conversation
					? 'this tool may text only the contact of this conversation; nothing was sent'
					: 'this tool may text only the contact of this conversation, and no incoming text started this run; nothing was sent',
				fix: conversation
					? 'Leave the recipient out: the contact is texted.'
					: 'Start the workflow with an Incoming SMS Trigger, or choose Only These Numbers.',
			});
		default:
			throw new InvalidInputError({
				field: FIELD,
				cause: 'it holds an expression, so that a model could decide whom it may text',
				fix: 'Choose one of the values of the list.',
			});
	}
}

function typedText(
	context: IExecuteFunctions,
	itemIndex: number,
	name: string,
	fallback: string,
): string {
	const raw = context.getNodeParameter(name, itemIndex, fallback, { rawExpressions: true });
	const text = typeof raw === 'string' ? raw : '';
	if (!text.startsWith('=')) return text;
	throw new InvalidInputError({
		field: name === 'allowedNumbers' ? 'Allowed Numbers' : FIELD,
		cause: 'it holds an expression, so that a model could decide whom it may text',
		fix: 'Type the value in.',
	});
}
