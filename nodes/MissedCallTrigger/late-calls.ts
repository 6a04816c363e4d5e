import type { ITriggerFunctions } from 'n8n-workflow';
import { longestWait } from '../shared/calls/call-flow';
import { catchUpOnCalls } from '../shared/calls/catch-up-calls';
import type { MissedCall } from '../shared/calls/missed-call';
import { reasonWithFix } from '../shared/messaging/reason-of';
import { twilioAccountOf, twilioClientOf } from '../shared/n8n/credentials/twilio-account';
import { logWarning } from '../shared/n8n/host/log-warning';
import { systemClock } from '../shared/n8n/host/system-clock';
import { startsWithN8n } from '../shared/n8n/registration/at-start';
import { connectionOf } from '../shared/n8n/registration/registration-hooks';
import { registrationOf } from '../shared/n8n/registration/registration-memory';
import { openThreadStore } from '../shared/n8n/stores/open-thread-store';
import { storeChoiceOfTrigger } from '../shared/n8n/stores/thread-store-choice';
import { withVersion } from '../shared/n8n/upkeep/one-version';
import { triggerKeyOf } from '../shared/n8n/upkeep/trigger-key';
import type { UpkeepTask } from '../shared/n8n/upkeep/upkeep';
import { listNumbers } from '../shared/twilio/api/numbers';
import type { TwilioClient } from '../shared/twilio/api/twilio-client';
import { comesHere } from '../shared/twilio/registration/inbound-targets';
import { readLateCalls, readSettings } from './fields';
import { missedCallItems } from './missed-call-items';

/** Between two looks, in milliseconds, where nothing is open. */
const PAUSE_MS = 15 * 60_000;
/** What Twilio and a store may add to what a call itself waits for; in milliseconds. */
const MARGIN_MS = 60_000;

/** What another app has taken over since it was connected is that app's business. */
async function numbersWithOurAddress(
	context: ITriggerFunctions,
	twilio: TwilioClient,
): Promise<string[]> {
	const { webhook } = await connectionOf(context);
	return (await listNumbers(twilio))
		.filter(({ calls }) => comesHere(calls, webhook))
		.map(({ phoneNumber }) => phoneNumber);
}

/**
 * Looks at Twilio for calls that came while n8n was down and that nobody took, when n8n starts and
 * from time to time. Nothing where the builder switched it off, or the calls are not listed there.
 */
export function lateCallsTask(context: ITriggerFunctions): UpkeepTask[] {
	const lateCalls = readLateCalls(context);
	if (lateCalls === undefined) return [];
	let beginsAt = startsWithN8n(context) ? undefined : systemClock.now();
	return [
		{
			name: 'calls that came while n8n was down',
			async look(now, signal) {
				const numbers = (registrationOf(context)?.endpoints ?? []).flatMap(
					({ kind, label }) => (kind === 'voice' && label !== undefined ? [label] : []),
				);
				if (numbers.length === 0) return now + PAUSE_MS;
				const settings = await readSettings(context);
				const account = await twilioAccountOf(context);
				const twilio = twilioClientOf(context, account, { signal });
				const again = await catchUpOnCalls(
					{
						store: await openThreadStore(context, storeChoiceOfTrigger(context)),
						twilio,
						clock: systemClock,
						numbersNow: async () => await numbersWithOurAddress(context, twilio),
						handIn: async (call: MissedCall) => {
							const items = await missedCallItems(
								context,
								account.accountSid,
								settings,
								call,
							);
							if (items.length > 0) context.emit(withVersion([items]));
						},
						failed: (reason) => {
							const what = `Could not look into a call that came while n8n was down, and tries again soon: ${reasonWithFix(reason)}`;
							logWarning(context, 'lateCall', what);
						},
					},
					{
						...lateCalls,
						triggerKey: triggerKeyOf(context),
						numbers,
						settledAfterMs: longestWait(settings.ringing) + MARGIN_MS,
						beginsAt,
						signal,
					},
				);
				beginsAt = undefined;
				return Math.min(again ?? Infinity, now + PAUSE_MS);
			},
		},
	];
}
