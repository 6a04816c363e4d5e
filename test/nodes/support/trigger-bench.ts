import type { INodeParameters, INodeType } from 'n8n-workflow';
import { IncomingSmsTrigger } from '../../../nodes/IncomingSmsTrigger/IncomingSmsTrigger.node';
import { TwilioMessagingApi } from '../../../credentials/TwilioMessagingApi.credentials';
import { startTwilioEmulator, type TwilioEmulator } from '../../../emulator/twilio-emulator';
import type { AccountRecord } from '../../../emulator/twilio/records';
import type { WebhookSetup } from './call-webhook';

export interface TriggerBench {
	twilio: TwilioEmulator;
	account: AccountRecord;
	/** What the node is made of: pass it to `webhookHooks` or `listenWebhook`. */
	setup(
		parameters?: INodeParameters,
		more?: Partial<WebhookSetup> & { credential?: Record<string, string> },
	): WebhookSetup;
	close(): Promise<void>;
}

let credentials = 0;

/** A trigger, the Incoming SMS Trigger by default, on n8n's own contexts, with a Twilio account on the stand-in. */
export async function openTriggerBench(
	trigger: () => INodeType = () => new IncomingSmsTrigger(),
): Promise<TriggerBench> {
	const twilio = await startTwilioEmulator();
	const account = twilio.addAccount();
	return {
		twilio,
		account,
		setup(parameters = {}, { credential = {}, settings = {}, ...more } = {}) {
			// A credential of its own for each: what is kept of one must not serve another.
			const id = `credential-${credentials++}`;
			return {
				node: trigger(),
				parameters,
				credentialTypes: [new TwilioMessagingApi()],
				credentials: {
					twilioMessagingApi: {
						accountSid: account.accountSid,
						authToken: account.authToken,
						apiBaseUrl: twilio.baseUrl,
						...credential,
					},
				},
				...more,
				settings: {
					credentials: { twilioMessagingApi: { id, name: 'My Twilio' } },
					...settings,
				},
			};
		},
		close: async () => await twilio.close(),
	};
}
