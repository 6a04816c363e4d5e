import type Version from 'twilio/lib/base/Version';
import { NoAnswerError } from '../../http/http-client';
import { TwilioApiError } from './twilio-client';

/**
 * What Twilio answers, for what is good to know and must stop nobody: undefined where it refuses or
 * does not answer. Rejects only where the client's signal is aborted.
 */
export async function readIfAllowed(
	product: Version,
	uri: string,
	params: Record<string, unknown> = {},
): Promise<unknown> {
	try {
		return await product.fetch({ uri, method: 'get', params });
	} catch (error) {
		const saysNothing =
			error instanceof TwilioApiError ||
			error instanceof NoAnswerError ||
			// An answer without a body.
			error instanceof SyntaxError;
		if (saysNothing) return undefined;
		throw error;
	}
}

/** The entries of a list within an answer that are objects; none where there is no such list. */
export function entriesOf(answer: unknown, key: string): Array<Record<string, unknown>> {
	const list = isObject(answer) ? answer[key] : undefined;
	return Array.isArray(list) ? list.filter(isObject) : [];
}

export function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null;
}
