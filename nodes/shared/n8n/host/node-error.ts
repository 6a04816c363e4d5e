import { NodeApiError, NodeOperationError, type INode } from 'n8n-workflow';
import { MemoryError } from '../../composing/conversation-memory';
import { ModelError } from '../../composing/model-error';
import { ModelLimitError } from '../../composing/model-limit';
import { TriedInVainError } from '../../sending/keep-trying';
import { SendError } from '../../sending/send-errors';
import { NoAnswerError } from '../../http/http-client';
import { causeOf, isSecretName, withoutSecrets } from '../../messaging/reason-of';
import { InvalidInputError } from '../../messaging/invalid-input-error';
import { StoreUnavailableError } from '../../threads/thread-store';
import { LeaseTimeoutError } from '../../threads/turns/thread-lease';
import { explainTwilioCode } from '../../twilio/api/explain-twilio-code';
import { TwilioApiError } from '../../twilio/api/twilio-client';

type Shown = NodeApiError | NodeOperationError;

/**
 * Any failure as n8n shows it: what went wrong as the message, the way out as the description.
 * Nothing of the request (token, body) goes along, whoever made the error.
 */
export function nodeErrorOf(node: INode, error: unknown, itemIndex?: number): Shown {
	return blankSecrets(shownAs(node, error, itemIndex === undefined ? {} : { itemIndex }));
}

interface At {
	itemIndex?: number;
}

function shownAs(node: INode, error: unknown, at: At): Shown {
	if (error instanceof NodeApiError || error instanceof NodeOperationError) return error;
	if (error instanceof TriedInVainError) {
		const shown = shownAs(node, error.last, at);
		shown.message = `${shown.message} (${error.howLong})`;
		return shown;
	}
	if (error instanceof TwilioApiError) return twilioNodeError(node, error, at);
	if (error instanceof NoAnswerError) {
		return apiError(node, error.message, { description: adviceFor(error), ...at });
	}
	if (
		error instanceof InvalidInputError ||
		error instanceof LeaseTimeoutError ||
		error instanceof StoreUnavailableError ||
		error instanceof MemoryError ||
		error instanceof ModelError ||
		error instanceof ModelLimitError ||
		error instanceof SendError
	) {
		return operationError(node, error.message, { description: error.fix, ...at });
	}
	const cause = causeOf(error) ?? new Error(String(error));
	return saying(cause.message, new NodeOperationError(node, cause, at));
}

/** An error that says `message`, whatever is in it. */
export function operationError(
	node: INode,
	message: string,
	options: At & { description?: string } = {},
): NodeOperationError {
	return saying(message, new NodeOperationError(node, message, options));
}

/** n8n puts a general sentence in place of one that has a code such as ECONNREFUSED in it. */
function saying<Error extends Shown>(message: string, shown: Error): Error {
	shown.message = message;
	return shown;
}

function apiError(
	node: INode,
	message: string,
	options: At & { description: string; httpCode?: string },
): NodeApiError {
	return saying(message, new NodeApiError(node, { message }, { message, ...options }));
}

const CHECK_BASE_URL =
	"Check API Base URL in the Twilio Messaging API credential: for Twilio it is https://api.twilio.com or your region's address.";

function adviceFor({ neverSent, isStranger }: NoAnswerError): string {
	if (isStranger) return `What answers there is hardly Twilio. ${CHECK_BASE_URL}`;
	return neverSent
		? `${CHECK_BASE_URL} If it is right, check the network and the proxy of this n8n.`
		: 'The connection broke or timed out before the answer came. Try again in a moment.';
}

function twilioNodeError(node: INode, error: TwilioApiError, at: At): NodeApiError {
	const explained = explainTwilioCode(error.code);
	const reference = [
		error.code === undefined ? `HTTP ${error.status}` : `Twilio error ${error.code}`,
		...(error.requestId ? [`Twilio request ${error.requestId}`] : []),
	].join(', ');
	const fix = error.isStranger
		? `What answers there is hardly Twilio. ${CHECK_BASE_URL}`
		: "See the error code in Twilio's documentation.";
	return apiError(node, explained?.cause ?? error.message, {
		description: `${explained?.fix ?? fix} (${reference}: ${error.message})`,
		httpCode: String(error.status),
		...at,
	});
}

/** What n8n makes of an error keeps the answer that caused it, and the error of its HTTP client. */
function blankSecrets(shown: Shown): Shown {
	const fields = shown as unknown as Record<string, unknown>;
	for (const [name, value] of Object.entries(fields)) {
		if (name !== 'node') fields[name] = blanked(value);
	}
	shown.message = withoutSecrets(shown.message);
	if (shown.stack !== undefined) shown.stack = withoutSecrets(shown.stack);
	const cause = blanked(shown.cause);
	Object.defineProperty(shown, 'cause', { value: cause, configurable: true, writable: true });
	return shown;
}

const DEEPEST = 6;

/** A copy without secrets, of what can be shown at all. */
function blanked(value: unknown, depth = 0): unknown {
	if (typeof value === 'string') return withoutSecrets(value);
	if (typeof value !== 'object' || value === null) {
		return typeof value === 'function' ? undefined : value;
	}
	if (value instanceof Error) return causeOf(value);
	if (depth === DEEPEST || value instanceof Uint8Array) return undefined;
	if (Array.isArray(value)) return value.map((one) => blanked(one, depth + 1));
	return Object.fromEntries(
		Object.entries(value).map(([name, one]) => [
			withoutSecrets(name),
			isSecretName(name) ? undefined : blanked(one, depth + 1),
		]),
	);
}
