import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { isProven, readCallReport, reportedCall } from '../shared/calls/call-report';
import { logWarning } from '../shared/n8n/host/log-warning';
import {
	provenAccount,
	type SigningAccount,
} from '../shared/n8n/credentials/signing-account.singleton';
import { systemClock } from '../shared/n8n/host/system-clock';
import { StoreUnavailableError } from '../shared/threads/thread-store';
import { readCallSystem } from './call-report-fields';
import { readSettings } from './fields';
import { missedCallItems } from './missed-call-items';
import { reasonOf } from '../shared/messaging/reason-of';

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
		return items.length === 0 ? NOTHING : { ...NOTHING, workflowData: [items] };
	} catch (error) {
		const reason = reasonOf(error);
		logWarning(context, 'failed', `Could not take in a report of a call: ${reason}`);
		answer(error instanceof StoreUnavailableError ? 503 : 500, 'It could not be taken in.');
		return NOTHING;
	}
}

async function accountOfReport(context: IWebhookFunctions): Promise<SigningAccount | undefined> {
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
