import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks';
import type { HttpClient } from '../http/http-client';
import type { Clock } from '../messaging/clock';
import type { Message } from '../messaging/message';
import { parseThreadId } from '../messaging/thread-id';
import { reasonOf } from '../messaging/reason-of';

export interface RedeliveryDeps {
	http: HttpClient;
	clock: Clock;
	/** The trigger's own, as it is registered. */
	url: string;
	authToken: string;
}

const TIMEOUT_MS = 30_000;
/** While a workflow is being published, n8n answers 404 for a moment. */
const PAUSES_MS = [1_000, 3_000, 10_000];

/**
 * Delivers a text of the thread to the trigger once more, as Twilio would. Resolves to why it was
 * not taken; undefined when it was.
 */
export async function redeliver(
	deps: RedeliveryDeps,
	threadId: string,
	text: Message,
): Promise<string | undefined> {
	const { accountSid = '', contact = '' } = parseThreadId(threadId) ?? {};
	const form = formOf(text, accountSid, contact);
	let status = await post(deps, form);
	for (const pause of PAUSES_MS) {
		if (status !== 404) break;
		await deps.clock.sleep(pause);
		status = await post(deps, form);
	}
	if (status === 200) return undefined;
	return typeof status === 'string' ? status : `it was answered with ${status}`;
}

/** The status of the answer, or why there was none. */
async function post(
	{ http, url, authToken }: RedeliveryDeps,
	form: Record<string, string>,
): Promise<number | string> {
	try {
		const { status } = await http({
			method: 'POST',
			url,
			headers: {
				'content-type': 'application/x-www-form-urlencoded',
				'x-twilio-signature': getExpectedTwilioSignature(authToken, url, form),
			},
			body: new URLSearchParams(form).toString(),
			timeoutMs: TIMEOUT_MS,
		});
		return status;
	} catch (error) {
		return reasonOf(error);
	}
}

function formOf(text: Message, accountSid: string, contact: string): Record<string, string> {
	const media = text.media.flatMap(({ url, contentType }, index) => [
		[`MediaUrl${index}`, url],
		[`MediaContentType${index}`, contentType],
	]);
	return {
		MessageSid: text.messageSid,
		AccountSid: accountSid,
		From: contact,
		To: text.sender,
		Body: text.body,
		NumMedia: String(text.media.length),
		NumSegments: String(text.numSegments),
		...(text.messagingServiceSid && { MessagingServiceSid: text.messagingServiceSid }),
		...(Object.fromEntries(media) as Record<string, string>),
	};
}
