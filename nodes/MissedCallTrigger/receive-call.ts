import type { INodeExecutionData, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { followCall, type CallReply } from '../shared/calls/call-flow';
import { reasonWithFix } from '../shared/messaging/reason-of';
import { logWarning } from '../shared/n8n/host/log-warning';
import { systemClock } from '../shared/n8n/host/system-clock';
import { registrationOf } from '../shared/n8n/registration/registration-memory';
import { openThreadStore } from '../shared/n8n/stores/open-thread-store';
import { storeChoiceOfTrigger } from '../shared/n8n/stores/thread-store-choice';
import { withVersion } from '../shared/n8n/upkeep/one-version';
import { admitRequest, refuse } from '../shared/n8n/webhook/admit-request';
import {
	MalformedWebhookError,
	TWIML_CONTENT_TYPE,
} from '../shared/twilio/inbound/inbound-webhook';
import { hasEnded, parseCallForm, readStep } from '../shared/twilio/voice/call-webhook';
import { readSettings } from './fields';
import { missedCallItems } from './missed-call-items';
import { areReported } from './ringing-fields';

/** Answered, and no execution starts. */
const NOTHING: IWebhookResponseData = { noWebhookResponse: true };

/**
 * One request of Twilio's, at any step of a call, or a report of another phone system: proven,
 * answered at once, and only then turned into items. Every request gets an answer.
 */
export async function receiveCall(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	if (areReported(context)) {
		const { receiveCallReport } = await import('./receive-call-report.js');
		return await receiveCallReport(context);
	}
	let admitted: AdmittedCall | undefined;
	try {
		admitted = await admitCall(context);
	} catch (error) {
		const malformed = error instanceof MalformedWebhookError;
		logFailure(context, error);
		const message = malformed ? error.message : 'The call could not be taken.';
		refuse(context.getResponseObject(), malformed ? 400 : 500, message);
	}
	if (admitted === undefined) return NOTHING;
	answer(context, admitted.twiml);
	try {
		const items = await admitted.items();
		return items.length === 0 ? NOTHING : { ...NOTHING, workflowData: withVersion([items]) };
	} catch (error) {
		// Twilio has its answer; a missed call that cannot be looked into must not go by unseen.
		logFailure(context, error);
		return NOTHING;
	}
}

interface AdmittedCall {
	twiml: CallReply['twiml'];
	/** In its own time, once Twilio is answered. */
	items: () => Promise<INodeExecutionData[]>;
}

/** Undefined for a request that is refused. */
async function admitCall(context: IWebhookFunctions): Promise<AdmittedCall | undefined> {
	const admission = await admitRequest(context);
	if (admission === undefined) return undefined;
	const { webhook, account } = admission;
	const settings = await readSettings(context);
	const form = parseCallForm(admission.form);
	const step = readStep(context.getQueryData() as Record<string, unknown>);
	if (step === undefined && !hasEnded(form) && form.failedUrl !== undefined) {
		const { repairAfterTest } = await import('../shared/n8n/registration/repair-after-test.js');
		// A call waits for no repair.
		void repairAfterTest(context, webhook, form.failedUrl);
	}
	const ports = {
		settings: settings.ringing,
		url: webhook.url,
		isToldOfTheEnd: () => isToldOfTheEnd(context),
		openClaims: async () =>
			(await openThreadStore(context, storeChoiceOfTrigger(context))).claims,
		clock: systemClock,
		warn: (kind: string, what: string) => logWarning(context, kind, what),
	};
	const { twiml, after } = await followCall(ports, step, form);
	const items = async () => {
		const missed = await after();
		if (missed === undefined) return [];
		return await missedCallItems(context, account.accountSid, settings, missed);
	};
	return { twiml, items };
}

/** Whether this trigger has the status callback of its numbers, as far as it remembers. */
function isToldOfTheEnd(context: IWebhookFunctions): boolean {
	const endpoints = registrationOf(context)?.endpoints ?? [];
	const numbers = endpoints.filter(({ kind }) => kind === 'voice');
	const callbacks = endpoints.filter(({ kind }) => kind === 'callStatus');
	return numbers.length > 0 && callbacks.length === numbers.length;
}

function answer(context: IWebhookFunctions, twiml: string | undefined): void {
	const response = context.getResponseObject();
	if (twiml === undefined) response.status(204).end();
	else response.status(200).type(TWIML_CONTENT_TYPE).send(twiml);
}

function logFailure(context: IWebhookFunctions, error: unknown): void {
	logWarning(context, 'failed', `Could not follow a call: ${reasonWithFix(error)}`);
}
