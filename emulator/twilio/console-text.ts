import { createMessage } from './create-message';
import type { OutboundQueue } from './outbound';
import type { MessageRecord } from './records';
import type { TwilioState } from './state';

export interface ConsoleText {
	/** One of the numbers, or a Messaging Service SID. */
	from: string;
	to: string;
	body: string;
}

/**
 * A text that a person sends in the Twilio Console: to applications it looks like one of their own.
 * Throws where Twilio would refuse it.
 */
export function sendFromConsole(
	state: TwilioState,
	outbound: OutboundQueue,
	{ from, to, body }: ConsoleText,
): MessageRecord {
	const sender = state.services.get(from) ?? state.numberByAddress(from);
	const account = state.accounts.get(sender?.accountSid ?? '');
	if (!account) throw new Error(`${from} is none of our numbers and Services`);
	const field = state.services.has(from) ? 'MessagingServiceSid' : 'From';
	const message = createMessage(state, account, { [field]: from, To: to, Body: body });
	outbound.start(message);
	return message;
}
