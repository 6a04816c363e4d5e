import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { carriesProof, isProven, readCallReport, reportedCall } from '../shared/calls/call-report';
import { logWarning } from '../shared/n8n/host/log-warning';
import {
	provenAccount,
	type SigningAccount,
} from '../shared/n8n/credentials/signing-account.singleton';
import { systemClock } from '../shared/n8n/host/system-clock';
import { withVersion } from '../shared/n8n/upkeep/one-version';
import { bodyBytes } from '../shared/n8n/webhook/body-bytes';
import { StoreUnavailableError } from '../shared/threads/thread-store';
import { readCallSystem } from './call-report-fields';
import { readSettings } from './fields';
import { missedCallItems } from './missed-call-items';
import { reasonWithFix } from '../shared/messaging/reason-of';

/**
 * Bytes. A voice platform reports answered calls to the same address, with the prompt and every word
 * of a long conversation; refused, it would send them again and again. A signature over as much
 * takes a millisecond to check, and nothing else is done with a report before it is proven.
 */
const MAX_REPORT_BYTES = 1024 * 1024;

const NOTHING: IWebhookResponseData = { noWebhookResponse: true };

/**
 * Another phone system's report of a call that has ended. Answered when it is clear what becomes of
 * it, so that a system that repeats its reports has reason to after an outage.
 */
export async function receiveCallReport(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const answer = (status: number, message: string) => {
		context.getResponseObject().status(status).json({ message });
	};
	try {
		if (bodyBytes(context) > MAX_REPORT_BYTES) {
			logWarning(context, 'tooLarge', 'Refused a report of a call: it has more than 1 MB.');
			answer(403, 'A report may have 1 MB at most.');
			return NOTHING;
		}
		const account = await accountOfReport(context);
		if (account === undefined) {
			logWarning(
				context,
				'unproven',
				'Refused a report of a call: it does not carry the Call Report Secret of the credential.',
			);
			answer(403, 'This report does not carry the secret that was agreed on.');
			return NOTHING;
		}
		const report = readCallReport(context.getBodyData(), readCallSystem(context));
		if (report.kind === 'incomplete') {
			const what = `Could not use a report of a call: it has no field "${report.field}".`;
			logWarning(context, `incomplete:${report.field}`, what);
			answer(400, `The report has no field "${report.field}".`);
			return NOTHING;
		}
		if (report.kind === 'other') {
			answer(200, 'Taken in.');
			return NOTHING;
		}
		const settings = await readSettings(context);
		const call = reportedCall(report, settings.country);
		const items = await missedCallItems(context, account.accountSid, settings, call);
		answer(200, 'Taken in.');
		return items.length === 0 ? NOTHING : { ...NOTHING, workflowData: withVersion([items]) };
	} catch (error) {
		const reason = reasonWithFix(error);
		logWarning(context, 'failed', `Could not take in a report of a call: ${reason}`);
		answer(error instanceof StoreUnavailableError ? 503 : 500, 'It could not be taken in.');
		return NOTHING;
	}
}

async function accountOfReport(context: IWebhookFunctions): Promise<SigningAccount | undefined> {
	// Without a secret or a signature to check, the credential need not be read.
	if (!carriesProof(context.getHeaderData())) return undefined;
	const { rawBody } = context.getRequestObject() as { rawBody?: Buffer };
	const proof = {
		headers: context.getHeaderData(),
		rawBody: rawBody ?? Buffer.alloc(0),
		now: systemClock.now(),
	};
	return await provenAccount(context, ({ callReportSecret }) =>
		isProven(proof, callReportSecret),
	);
}
