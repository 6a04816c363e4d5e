import type { ITriggerFunctions, IWebhookFunctions } from 'n8n-workflow';
import type { Agent } from '../../messaging/agent';
import { isOwnersPhone, obeyOwner, type Obeyed, type OwnersText } from '../../owners/owners-phone';
import { smsSender } from '../../sending/send-to-thread';
import { claimKeys } from '../../threads/claim-keys';
import type { ThreadServices } from '../../threads/thread-store';
import { fetchMessage } from '../../twilio/api/messages';
import type { TwilioAccount } from '../../twilio/api/twilio-client';
import type { InboundMessage } from '../../twilio/inbound/inbound-webhook';
import { twilioAccountOf, twilioClientOf } from '../credentials/twilio-account';
import { logWarning } from '../host/log-warning';

/** Milliseconds. Twilio waits for our answer meanwhile. */
const LONGEST_QUESTION_MS = 3_000;
/** Twilio waits 15 seconds; what takes longer is done after it has its answer. */
const ACKNOWLEDGED_WITHIN_MS = 8_000;

type Context = IWebhookFunctions | ITriggerFunctions;

/**
 * Obeys a text of an owner's phone, and lets Twilio have its answer as soon as it is done, or after
 * some seconds. What Twilio itself does not know as a text of that phone is not obeyed, however well
 * its request is signed: a request may be seen and sent again. Rejects as `obeyOwner`, and where
 * Twilio could not be asked; then the text is still to be looked for.
 */
export async function obeyFromWebhook(
	context: IWebhookFunctions,
	services: ThreadServices,
	{ agent, message }: { agent: Agent; message: InboundMessage },
	acknowledge: () => void,
): Promise<void> {
	const { clock, store } = services;
	const look = await store.claims.look(claimKeys.ownersText(message.messageSid));
	if (look.status === 'settled') return acknowledge();
	const account = await twilioAccountOf(context);
	const cameAt = await whenTwilioTookIt(context, account, message);
	if (cameAt === undefined) {
		const what =
			"Passed over a request that looked like a text of an owner's phone: Twilio knows no such text.";
		logWarning(context, 'ownersForged', what);
		return acknowledge();
	}
	let isAcknowledged = false;
	const once = () => {
		if (!isAcknowledged) acknowledge();
		isAcknowledged = true;
	};
	const cancel = clock.after(ACKNOWLEDGED_WITHIN_MS, once);
	try {
		const hasMedia = message.media.length > 0;
		const command = { agent, message, hasMedia, cameAt };
		const { kind } = await obeyText(context, services, account, command);
		// Should the other process die over it, somebody has to look for it.
		if (kind === 'held') throw new Error("Another process is at this owner's text");
	} finally {
		cancel();
	}
	once();
}

/** Undefined where Twilio has another text under this SID. */
async function whenTwilioTookIt(
	context: IWebhookFunctions,
	account: TwilioAccount,
	{ messageSid, from, to }: InboundMessage,
): Promise<number | undefined> {
	const twilio = twilioClientOf(context, account, { timeoutMs: LONGEST_QUESTION_MS });
	const known = await fetchMessage(twilio, messageSid);
	const isIt = known.direction === 'inbound' && known.from === from && known.to === to;
	return isIt ? known.dateCreated?.getTime() : undefined;
}

export interface ReceivedCommand extends Pick<OwnersText, 'agent' | 'hasMedia' | 'cameAt'> {
	message: InboundMessage;
}

/** Obeys a text that certainly came from an owner's phone. Rejects as `obeyOwner`. */
export async function obeyText(
	context: Context,
	services: ThreadServices,
	account: TwilioAccount,
	{ agent, message, hasMedia, cameAt }: ReceivedCommand,
): Promise<Obeyed> {
	const { from: phone, to: sender, messageSid, body, messagingServiceSid = null } = message;
	if (!isOwnersPhone(agent, phone)) throw new Error('This phone commands no agent');
	const twilio = twilioClientOf(context, account, { signal: services.signal });
	const obeyed = await obeyOwner(
		{ ...services, sms: smsSender({ ...services, twilio }) },
		{
			...{ accountSid: account.accountSid, agent, phone, sender, messagingServiceSid },
			...{ messageSid, body, hasMedia, cameAt },
		},
	);
	if (obeyed.warning !== undefined) {
		const what = `The owner's phone ${phone} got no answer to what it texted: ${obeyed.warning}`;
		logWarning(context, 'ownersAnswer', what);
	}
	return obeyed;
}
