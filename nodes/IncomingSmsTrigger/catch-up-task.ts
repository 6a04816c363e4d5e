import type { INodeExecutionData, ITriggerFunctions } from 'n8n-workflow';
import type { Agent } from '../shared/messaging/agent';
import type { Route } from '../shared/messaging/routing';
import { reasonWithFix } from '../shared/messaging/reason-of';
import { signingAccountOf } from '../shared/n8n/credentials/signing-account.singleton';
import {
	twilioAccountIn,
	twilioAccountOf,
	twilioClientOf,
} from '../shared/n8n/credentials/twilio-account';
import { runsInQueueMode } from '../shared/n8n/host/environment';
import { logWarning } from '../shared/n8n/host/log-warning';
import { systemClock } from '../shared/n8n/host/system-clock';
import { startsWithN8n } from '../shared/n8n/registration/at-start';
import { readConnection } from '../shared/n8n/registration/connection-fields';
import { webhookOf } from '../shared/n8n/registration/registration-hooks';
import { registrationOf } from '../shared/n8n/registration/registration-memory';
import { openThreadStore } from '../shared/n8n/stores/open-thread-store';
import { storeChoiceOfTrigger } from '../shared/n8n/stores/thread-store-choice';
import { isCatchUpWanted, lastRefusal } from '../shared/n8n/upkeep/catch-up-wanted';
import { beginRun } from '../shared/n8n/upkeep/begin-run';
import { Kept } from '../shared/n8n/upkeep/kept';
import { CATCH_UP } from '../shared/n8n/upkeep/names';
import { withVersion } from '../shared/n8n/upkeep/one-version';
import { triggerKeyOf } from '../shared/n8n/upkeep/trigger-key';
import type { UpkeepTask } from '../shared/n8n/upkeep/upkeep';
import { catchUp } from '../shared/receiving/catch-up';
import type { LateTextTakers } from '../shared/receiving/catch-up-ports';
import { twilioLists } from '../shared/receiving/twilio-lists';
import { hasPassed } from '../shared/threads/has-passed';
import type { ThreadServices } from '../shared/threads/thread-store';
import { ownSenders, type OwnSenders } from '../shared/twilio/registration/own-senders';
import { urlsOf } from '../shared/twilio/registration/registration';
import type { TwilioClient } from '../shared/twilio/api/twilio-client';
import { consentRulesOf, type MissedTextsPolicy, type TriggerSettings } from './fields';
import { SideBySide } from './context/side-by-side';
import { tellConsent } from './tell-consent';
import { itemsOfLateText, itemsOfLateTurn, turnStart } from './text-items';

const MINUTE_MS = 60_000;
const EVERY_MS = 15 * MINUTE_MS;
/** What came in the last moments before a start shows in Twilio's list a little later. */
const ONCE_MORE_MS = 45_000;
/** An address that is about to be set at Twilio is there by then. */
const SENDERS_SETTLE_MS = 10 * MINUTE_MS;
const SENDERS_FIRST_MS = 2_000;
/** Numbers join a Messaging Service. */
const SENDERS_KEEP_MS = 60 * MINUTE_MS;

/** Looks for texts that came to Twilio and never here: at the start, after an outage, every 15 minutes. */
export function catchUpTask(
	context: ITriggerFunctions,
	settings: TriggerSettings,
	{ upToMs, perMinute }: MissedTextsPolicy,
	agents: readonly [Agent, ...Agent[]],
): UpkeepTask {
	const choice = storeChoiceOfTrigger(context);
	const triggerKey = triggerKeyOf(context);
	const senders = new KeptSenders(context);
	let beginsAt = startsWithN8n(context) ? undefined : systemClock.now();
	const start = (route: Route) => turnStart(context, route, settings.separateOutputs);
	const startedAt = systemClock.elapsed();
	const opened = new Kept(async () => await openThreadStore(context, choice), systemClock);
	/** When it is time to look at Twilio; until then only whether another process wants it. */
	let due = 0;
	let lookedBefore = false;
	let heeded: string | undefined;

	const lookAtTwilio = async (services: ThreadServices): Promise<number> => {
		const now = systemClock.now();
		const account = await twilioAccountOf(context);
		const client = twilioClientOf(context, account, { signal: services.signal });
		const ours = await senders.kept(client);
		if (ours.numbers.length + ours.serviceSids.length === 0) {
			// No text has come here so far.
			if (beginsAt !== undefined) beginsAt = now;
			const age = systemClock.elapsed() - startedAt;
			// n8n starts this before its hooks have set the address.
			if (age < SENDERS_SETTLE_MS) return now + Math.min(MINUTE_MS, age + SENDERS_FIRST_MS);
			const what =
				'Nothing at Twilio has the address of this node now, so nobody looks for texts that were missed. Set the Production URL at your phone number or Messaging Service.';
			logWarning(context, 'noSenders', what);
			return now + EVERY_MS;
		}
		const lists = twilioLists(client, ours, async () => await senders.fresh(client));
		const { begun, lookAgainAt = Infinity } = await catchUp(
			services,
			lists,
			takersIn(context, settings, services, agents),
			{
				accountSid: account.accountSid,
				...{ triggerKey, agents, upToMs, perMinute, beginsAt, start },
				consentRules: consentRulesOf(settings, account.answersKeywords),
			},
		);
		if (begun > 0) {
			context.logger.info(
				`${context.getNode().name}: Took in the texts of ${begun} contact(s) who wrote while nobody listened.`,
			);
		}
		const regular = now + (lookedBefore ? EVERY_MS : ONCE_MORE_MS);
		lookedBefore = true;
		return Math.min(regular, lookAgainAt);
	};

	return {
		name: CATCH_UP,
		async look(now, signal) {
			const inQueueMode = runsInQueueMode();
			if (isCatchUpWanted(triggerKey)) due = 0;
			const until = due;
			// Where anything is away now, texts may have been turned away: then the next look is a whole one.
			due = 0;
			await opened.use(async (store) => {
				const services = { store, clock: systemClock, signal };
				const refusal = inQueueMode ? await lastRefusal(services, triggerKey) : undefined;
				// What was told before this process looked first is found by that look.
				const isTold = heeded !== undefined && refusal !== undefined && refusal !== heeded;
				// Further away than any look is put off, it was noted by a clock that was set back since.
				const isDue = hasPassed(until - EVERY_MS, EVERY_MS, now);
				due = isDue || isTold ? await lookAtTwilio(services) : until;
				heeded = refusal ?? '';
			});
			return inQueueMode ? Math.min(due, now + MINUTE_MS) : due;
		},
	};
}

/** The senders that are ours, which cost a few requests to find out. */
class KeptSenders {
	private senders: OwnSenders | undefined;
	private askedAt = 0;
	private readonly chosen: Parameters<typeof ownSenders>[2];

	constructor(private readonly context: ITriggerFunctions) {
		const { receiveOn, phoneNumbers } = readConnection(context);
		this.chosen = {
			// Whatever has our address: that is what Automatic has connected.
			automatic: { kind: 'any' } as const,
			messagingService: { kind: 'service' } as const,
			phoneNumbers: { kind: 'numbers', numbers: phoneNumbers } as const,
			manual: { kind: 'any' } as const,
		}[receiveOn];
	}

	async kept(client: TwilioClient): Promise<OwnSenders> {
		const isOld = systemClock.elapsed() - this.askedAt >= SENDERS_KEEP_MS;
		const { numbers = [], serviceSids = [] } = this.senders ?? {};
		if (isOld || numbers.length + serviceSids.length === 0) return await this.fresh(client);
		return { numbers, serviceSids };
	}

	async fresh(client: TwilioClient): Promise<OwnSenders> {
		const webhook = webhookOf(this.context).remembering(urlsOf(registrationOf(this.context)));
		this.senders = await ownSenders(client, webhook, this.chosen);
		this.askedAt = systemClock.elapsed();
		return this.senders;
	}
}

function takersIn(
	context: ITriggerFunctions,
	settings: TriggerSettings,
	services: ThreadServices,
	agents: readonly Agent[],
): LateTextTakers {
	const { store } = services;
	const emit = (items: INodeExecutionData[][]) => {
		if (items.length > 0) context.emit(withVersion(items));
	};
	const failed = (error: unknown) => {
		const what = `A text that was missed could not be taken in, and is tried again: ${reasonWithFix(error)}`;
		logWarning(context, 'missedText', what);
	};
	const asking = new SideBySide(settings.contextUrl !== undefined, failed);
	return {
		// The agent's webhook has its time; the other contacts do not wait for it.
		tell: (text, recorded) => {
			const reading = signingAccountOf(context);
			const readAccount = async () => twilioAccountIn(await reading);
			void tellConsent(context, store, recorded, readAccount);
			const telling = async () => {
				const account = await reading;
				const late = { ...text, agents, recorded, account, store };
				emit(await itemsOfLateText(context, settings, late));
			};
			void telling().catch(failed);
		},
		begin: async (text, turn) => {
			const late = { ...text, agents, store };
			await asking.begin(async () => {
				const items = await itemsOfLateTurn(context, settings, late, turn);
				if (items.length > 0) await beginRun(context, items);
			});
		},
		obey: async ({ message, route: { agent }, hasMedia, at: cameAt }) => {
			const { obeyText } = await import('../shared/n8n/agents/obey-owners-text.js');
			const command = { agent, message, hasMedia, cameAt };
			const account = await twilioAccountOf(context);
			return (await obeyText(context, services, account, command)).kind !== 'held';
		},
		failed,
	};
}
