import { randomBytes } from 'node:crypto';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { MissedCallTrigger } from '../../../nodes/MissedCallTrigger/MissedCallTrigger.node';
import type { ManualClock } from '../../support/manual-clock';
import type { NumberRecord } from '../../../emulator/twilio/records';
import { listenWebhook, webhookHooks, type ListeningWebhook } from './call-webhook';
import { holdClock } from './held-clock';
import { WEBHOOK_BASE } from './host-stand-in';
import { openTriggerBench, type TriggerBench } from './trigger-bench';

export const CALLER = '+14155550123';
export const PHONE = '+14155550777';

export interface CallBench extends TriggerBench {
	number: NumberRecord;
	/** Moved on by the test; what waits in the node, waits for it. */
	clock: ManualClock;
	/** A published trigger on the number, that answers calls. Each in a workflow of its own. */
	publish(
		parameters?: INodeParameters,
		more?: Parameters<TriggerBench['setup']>[1],
	): Promise<PublishedTrigger>;
}

export interface PublishedTrigger extends ListeningWebhook {
	/** The JSON of all items that started a run, once all that waits has had its time. */
	started(): Promise<IDataObject[]>;
}

let workflows = 0;

/** A Missed Call Trigger on n8n's own contexts, and a Twilio account with a number that is called. */
export async function openCallBench(): Promise<CallBench> {
	const bench = await openTriggerBench(() => new MissedCallTrigger());
	const number = bench.twilio.addNumber(bench.account.accountSid, {
		phoneNumber: '+14155550100',
	});
	const clock = holdClock();
	const open: ListeningWebhook[] = [];
	return {
		...bench,
		number,
		clock,
		async publish(parameters = {}, more = {}) {
			const setup = bench.setup(
				{
					phones: PHONE,
					receiveOn: 'phoneNumbers',
					phoneNumbers: [number.sid],
					agents: { agent: [{ name: 'Front Desk', smsPrompt: 'Be kind.' }] },
					...parameters,
				},
				{ workflowId: `calls-${workflows++}`, ...more },
			);
			const hooks = webhookHooks(setup);
			await hooks.checkExists();
			await hooks.create();
			const webhook = await listenWebhook({ ...setup, staticData: hooks.staticData });
			open.push(webhook);
			bench.twilio.mapHost(new URL(WEBHOOK_BASE).origin, webhook.origin);
			const started = async () => {
				// Longer than anything in the node waits.
				for (let minute = 0; minute < 15; minute += 1) await clock.advance(60_000);
				await webhook.idle();
				return webhook.ended.flatMap(({ result }) =>
					(result?.workflowData ?? []).flat().map(({ json }) => json),
				);
			};
			return { ...webhook, started };
		},
		async close() {
			await Promise.all(open.map(async (webhook) => await webhook.close()));
			await bench.close();
		},
	};
}

/** The form of a request about a call, as Twilio sends it. */
export function callForm(accountSid: string, fields: Record<string, string> = {}) {
	return {
		CallSid: `CA${randomBytes(16).toString('hex')}`,
		AccountSid: accountSid,
		From: CALLER,
		To: '+14155550100',
		CallStatus: 'ringing',
		Direction: 'inbound',
		ApiVersion: '2010-04-01',
		...fields,
	};
}
