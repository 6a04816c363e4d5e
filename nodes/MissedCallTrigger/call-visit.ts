import type { INodeExecutionData, IWebhookFunctions } from 'n8n-workflow';
import type { SigningAccount } from '../shared/n8n/credentials/signing-account.singleton';
import type { OpenThreadStore } from '../shared/threads/thread-store';
import type { OwnWebhookUrl } from '../shared/twilio/registration/own-webhook-url';
import type { MissedCallSettings } from './missed-call-settings';

/** One request of Twilio's, let in. */
export interface CallVisit {
	context: IWebhookFunctions;
	own: OwnWebhookUrl;
	account: SigningAccount;
	settings: MissedCallSettings;
	/** Not before it is needed: a call must ring whether or not the store answers. */
	openStore: () => Promise<OpenThreadStore>;
}

/** What is known of a call so far. */
export interface CallSoFar {
	callSid: string;
	caller: string;
	called: string;
	/** How many rounds of ringing are over. */
	round: number;
	/** How the last of them ended; empty where nothing has rung. */
	dialCallStatus: string;
}

/** What Twilio gets at once, and what follows in its own time. */
export interface CallReply {
	/** Undefined for a request that wants no TwiML. */
	twiml?: string;
	/** Resolves to the items that start a run; none for most requests. */
	after?: () => Promise<INodeExecutionData[]>;
}
