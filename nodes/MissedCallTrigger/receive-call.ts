import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { admitRequest, refuse } from '../shared/n8n/webhook/admit-request';
import { logWarning } from '../shared/n8n/host/log-warning';
import { openThreadStore } from '../shared/n8n/stores/open-thread-store';
import { storeChoiceOfTrigger } from '../shared/n8n/stores/thread-store-choice';
import { readStep, parseCallForm } from '../shared/twilio/voice/call-webhook';
import {
	MalformedWebhookError,
	TWIML_CONTENT_TYPE,
} from '../shared/twilio/inbound/inbound-webhook';
import type { CallReply } from './call-visit';
import { replyToNumber } from './number-step';
import { readMissedCallSettings } from './missed-call-settings';
import { replyToStep } from './later-steps';
import { reasonOf } from '../shared/messaging/reason-of';

/** Answered, and no execution starts. */
const NOTHING: IWebhookResponseData = { noWebhookResponse: true };

/**
 * One request of Twilio's, at any step of a call, or a report of another phone system: proven,
 * answered at once, and only then turned into items. Every request gets an answer.
 */
export async function receiveCall(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	if (context.getNodeParameter('callSource', 'forward') === 'elsewhere') {
		const { receiveCallReport } = await import('./receive-call-report.js');
		return await receiveCallReport(context);
	}
	let reply: CallReply;
	try {
		const admitted = await admittedReply(context);
		if (admitted === undefined) return NOTHING;
		reply = admitted;
	} catch (error) {
		const malformed = error instanceof MalformedWebhookError;
		logFailure(context, error);
		const message = malformed ? error.message : 'The call could not be taken.';
		refuse(context.getResponseObject(), malformed ? 400 : 500, message);
		return NOTHING;
	}
	answer(context, reply.twiml);
	try {
		const items = (await reply.after?.()) ?? [];
		return items.length === 0 ? NOTHING : { ...NOTHING, workflowData: [items] };
	} catch (error) {
		// Twilio has its answer; a missed call that cannot be looked into must not go by unseen.
		logFailure(context, error);
		return NOTHING;
	}
}

async function admittedReply(context: IWebhookFunctions): Promise<CallReply | undefined> {
	const admission = await admitRequest(context);
	if (admission === undefined) return undefined;
	const { own, account, form } = admission;
	const visit = {
		context,
		own,
		account,
		settings: readMissedCallSettings(context),
		openStore: async () => await openThreadStore(context, storeChoiceOfTrigger(context)),
	};
	const call = parseCallForm(form);
	const step = readStep(context.getQueryData() as Record<string, unknown>);
	return step ? await replyToStep(visit, step, call) : await replyToNumber(visit, call);
}

function answer(context: IWebhookFunctions, twiml: string | undefined): void {
	const response = context.getResponseObject();
	if (twiml === undefined) response.status(204).end();
	else response.status(200).type(TWIML_CONTENT_TYPE).send(twiml);
}

function logFailure(context: IWebhookFunctions, error: unknown): void {
	const reason = reasonOf(error);
	logWarning(context, 'failed', `Could not follow a call: ${reason}`);
}
