import { NodeApiError, NodeOperationError, type INode } from 'n8n-workflow';
import { MemoryError } from '../../composing/conversation-memory';
import { ModelError } from '../../composing/model-error';
import { TriedInVainError } from '../../sending/keep-trying';
import { SendError } from '../../sending/send-errors';
import { NoAnswerError } from '../../http/http-client';
import { InvalidInputError } from '../../messaging/invalid-input-error';
import { StoreUnavailableError } from '../../threads/thread-store';
import { LeaseTimeoutError } from '../../threads/turns/thread-lease';
import { explainTwilioCode } from '../../twilio/api/explain-twilio-code';
import { TwilioApiError } from '../../twilio/api/twilio-client';

/**
 * Any failure as n8n shows it: what went wrong as the message, the way out as the description.
 * Nothing of the request (token, body) goes along.
 */
export function nodeErrorOf(
	node: INode,
	error: unknown,
	itemIndex?: number,
): NodeApiError | NodeOperationError {
	const at = itemIndex === undefined ? {} : { itemIndex };
	if (error instanceof NodeApiError || error instanceof NodeOperationError) return error;
	if (error instanceof TriedInVainError) {
		const shown = nodeErrorOf(node, error.last, itemIndex);
		shown.message = `${shown.message} (${error.howLong})`;
		return shown;
	}
	if (error instanceof TwilioApiError) return twilioNodeError(node, error, at);
	if (error instanceof NoAnswerError) {
		return new NodeApiError(
			node,
			{ message: error.message },
			{
				message: error.message,
				description: error.neverSent
					? 'Check that this n8n can reach that address (network, proxy, API Base URL in the credential).'
					: 'The connection broke or timed out before the answer came. Try again in a moment.',
				...at,
			},
		);
	}
	if (
		error instanceof InvalidInputError ||
		error instanceof LeaseTimeoutError ||
		error instanceof StoreUnavailableError ||
		error instanceof MemoryError ||
		error instanceof ModelError ||
		error instanceof SendError
	) {
		const shown = new NodeOperationError(node, error.message, {
			description: error.fix,
			...at,
		});
		// n8n puts a general sentence in place of one that has a code such as ECONNREFUSED in it.
		shown.message = error.message;
		return shown;
	}
	return new NodeOperationError(node, error instanceof Error ? error : String(error), at);
}

function twilioNodeError(node: INode, error: TwilioApiError, at: { itemIndex?: number }) {
	const explained = explainTwilioCode(error.code);
	const reference = [
		error.code === undefined ? `HTTP ${error.status}` : `Twilio error ${error.code}`,
		...(error.requestId ? [`Twilio request ${error.requestId}`] : []),
	].join(', ');
	return new NodeApiError(
		node,
		{ message: error.message },
		{
			message: explained?.cause ?? error.message,
			description: `${explained?.fix ?? "See the error code in Twilio's documentation."} (${reference}: ${error.message})`,
			httpCode: String(error.status),
			...at,
		},
	);
}
