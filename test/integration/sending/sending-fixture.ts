import type {
	OutboundDraft,
	SendOutcome,
	SendServices,
	SentMessage,
} from '../../../nodes/shared/sending/outbound-draft';
import { smsSender, type SmsSender } from '../../../nodes/shared/sending/send-to-thread';
import { threadIdOf } from '../../../nodes/shared/messaging/thread-id';
import { twilioClient } from '../../../nodes/shared/twilio/api/twilio-client';
import { startTwilioEmulator, type TwilioEmulator } from '../../../emulator/twilio-emulator';
import { basicAuthHttp } from '../../support/basic-auth-http';
import { FakeClock } from '../../support/fake-clock';
import { openRateGates } from '../../support/open-rate-gates';
import { memoryThreadStore } from '../../support/memory-thread-store';

export const OURS = '+15550001000';
export const CONTACT = '+14155550123';

/** Everything a send needs: the emulator over real HTTP, a store in memory, a clock that does not wait. */
export interface SendingDesk {
	twilio: TwilioEmulator;
	services: SendServices & { clock: FakeClock };
	sender: SmsSender;
	serviceSid: string;
	threadId: string;
	draft: (change?: Partial<OutboundDraft>) => OutboundDraft;
	/** Sends; fails where the text is unwanted. */
	send: (draft: OutboundDraft, key: string) => Promise<SentMessage>;
	/** What a contact's phone would show of us. */
	texts: () => string[];
	/** An empty store and a clock that is right again. */
	reset: () => void;
	close: () => Promise<void>;
}

/**
 * @param timeoutMs for one request to Twilio. Where many race, longer than a busy machine takes: Twilio may
 * take a text after we have given it up.
 */
export async function openSendingDesk({ timeoutMs = 2_000 } = {}): Promise<SendingDesk> {
	const twilio = await startTwilioEmulator({ deliveryMs: 1 });
	const { accountSid, authToken } = twilio.addAccount();
	twilio.addNumber(accountSid, { phoneNumber: OURS });
	const { sid: serviceSid } = twilio.addService(accountSid, { numbers: [OURS] });
	const client = twilioClient(
		{ accountSid, apiBaseUrl: twilio.baseUrl },
		basicAuthHttp(accountSid, authToken),
		{ timeoutMs },
	);
	const threadId = threadIdOf({ accountSid, agentId: 'agent', contact: CONTACT });
	const fresh = () => {
		const clock = new FakeClock(Date.now());
		return { store: memoryThreadStore(clock), twilio: client, clock, random: () => 0.5 };
	};
	const services = fresh();
	const sender = smsSender(services);
	return {
		twilio,
		services,
		sender,
		serviceSid,
		threadId,
		draft: (change) => ({
			threadId,
			to: CONTACT,
			from: OURS,
			body: 'Hello',
			author: 'agent',
			...change,
		}),
		send: async (draft, key) => sentIn(await sender.sendToThread(draft, key)),
		texts: () => twilio.messages({ direction: 'outbound' }).map(({ body }) => body),
		reset: () => {
			twilio.clear();
			openRateGates();
			Object.assign(services, fresh());
		},
		close: () => twilio.close(),
	};
}

export function sentIn(outcome: SendOutcome): SentMessage {
	if (outcome.kind === 'unwanted') throw new Error(`Unwanted: ${outcome.why.message}`);
	return outcome.sent;
}
