import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { isReplayed } from '../shared/receiving/replayed-text';
import { recordInbound, storedText, type ConsentRules } from '../shared/receiving/record-inbound';
import { routeContact } from '../shared/contacts/given-agent';
import { withSpeaker } from '../shared/contacts/speaker';
import type { Agent } from '../shared/messaging/agent';
import { ownedFrom, routesFor } from '../shared/messaging/routing';
import { threadIdOf } from '../shared/messaging/thread-id';
import { keepAgents } from '../shared/n8n/agents/keep-agents';
import type { SigningAccount } from '../shared/n8n/credentials/signing-account.singleton';
import { twilioAccountIn, twilioClientOf } from '../shared/n8n/credentials/twilio-account';
import { openThreadStore } from '../shared/n8n/stores/open-thread-store';
import { storeChoiceOfTrigger } from '../shared/n8n/stores/thread-store-choice';
import { systemClock } from '../shared/n8n/host/system-clock';
import { StoreUnavailableError, type ThreadServices } from '../shared/threads/thread-store';
import {
	MalformedWebhookError,
	parseInboundWebhook,
	type InboundMessage,
} from '../shared/twilio/inbound/inbound-webhook';
import {
	admitRequest,
	type Admission,
	acknowledge,
	refuse,
} from '../shared/n8n/webhook/admit-request';
import { logWarning } from '../shared/n8n/host/log-warning';
import { noteRefusal } from '../shared/n8n/upkeep/catch-up-wanted';
import { LOOK_AFTER_MS, SWEEP } from '../shared/n8n/upkeep/names';
import { withVersion } from '../shared/n8n/upkeep/one-version';
import { triggerKeyOf } from '../shared/n8n/upkeep/trigger-key';
import { wakeUpkeep } from '../shared/n8n/upkeep/upkeep';
import { agentsWithMemory } from './endings/remembering-agents';
import { consentRulesOf, read } from './fields';
import { tellConsent } from './tell-consent';
import { itemsOfText } from './text-items';
import { reasonWithFix } from '../shared/messaging/reason-of';

/** Milliseconds. Twilio waits for our answer meanwhile. */
const LONGEST_QUESTION_MS = 2_000;

/** Answered, and no execution starts. */
const NOTHING: IWebhookResponseData = { noWebhookResponse: true };

/**
 * One request of Twilio's: verified, parsed, written down, answered, and only then turned into
 * items. Every request gets an answer.
 */
export async function receiveText(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const response = context.getResponseObject();
	try {
		const admission = await admitRequest(context);
		if (admission === undefined) return NOTHING;
		const webhook = parseInboundWebhook(admission.form);
		if (webhook.kind !== 'message') {
			if (webhook.kind === 'unsupportedChannel') {
				const advice = `Passed over a message from ${webhook.channel}: this node takes SMS and MMS.`;
				logWarning(context, webhook.kind, advice);
			}
			acknowledge(response);
			return NOTHING;
		}
		return await receiveMessage(context, admission, webhook.message);
	} catch (error) {
		const malformed = error instanceof MalformedWebhookError;
		const status = malformed ? 400 : error instanceof StoreUnavailableError ? 503 : 500;
		logWarning(
			context,
			`failed ${status}`,
			`Could not take a text in: ${reasonWithFix(error)}`,
		);
		refuse(response, status, malformed ? error.message : 'The text could not be taken in.');
		if (!malformed) lookForItLater(context);
		return NOTHING;
	}
}

function lookForItLater(context: IWebhookFunctions): void {
	if (context.getMode() === 'manual') return;
	const choice = storeChoiceOfTrigger(context);
	const openStore = async () => await openThreadStore(context, choice);
	noteRefusal(triggerKeyOf(context), systemClock, openStore);
}

async function askTwilioWhen(
	context: IWebhookFunctions,
	signing: SigningAccount,
	messageSid: string,
): Promise<number | undefined> {
	const { cameToTwilioAt } = await import('../shared/twilio/api/message-log.js');
	const twilio = twilioClientOf(context, twilioAccountIn(signing), {
		timeoutMs: LONGEST_QUESTION_MS,
	});
	return await cameToTwilioAt(twilio, messageSid);
}

async function receiveMessage(
	context: IWebhookFunctions,
	{ account, webhook }: Admission,
	message: InboundMessage,
): Promise<IWebhookResponseData> {
	const settings = read(context);
	const agents = agentsWithMemory(context, settings.separateOutputs);
	const { accountSid } = account;
	const routes = routesFor(agents, message);
	const threadWith = ({ id: agentId }: Agent) =>
		threadIdOf({ accountSid, agentId, contact: message.from });
	const store = await openThreadStore(context, storeChoiceOfTrigger(context));
	const services = { store, clock: systemClock };
	await keepAgents(context, store, accountSid, agents, 'texts');
	const rules = consentRulesOf(settings, account.keywordsAnsweredBy);
	const repair = async (failedUrl: string) => {
		const { repairAfterTest } = await import('../shared/n8n/registration/repair-after-test.js');
		await repairAfterTest(context, webhook, failedUrl);
	};
	const owned = ownedFrom(routes, message.from)?.agent;
	if (owned && (await commandsAgent(services, threadWith(owned), message, rules))) {
		const { obeyFromWebhook } = await import('../shared/n8n/agents/obey-owners-text.js');
		const text = { agent: owned, message };
		await obeyFromWebhook(context, services, text, () => {
			acknowledge(context.getResponseObject());
		});
		if (message.failedUrl !== undefined) await repair(message.failedUrl);
		return NOTHING;
	}
	const given = await routeContact(services, accountSid, message.from, routes);
	const threadId = threadWith(given.agent);
	const before = await store.threads.read(threadId, 1);
	if (
		await isReplayed(before, systemClock, () =>
			askTwilioWhen(context, account, message.messageSid),
		)
	) {
		const what =
			'Passed over a text that came to Twilio more than a day ago: somebody has sent its request again, as whoever has seen one can.';
		logWarning(context, 'replayed', what);
		acknowledge(context.getResponseObject());
		return NOTHING;
	}
	const recorded = await recordInbound(services, threadId, message, rules);
	// From here on the text is ours: Twilio has its answer, whatever happens next.
	acknowledge(context.getResponseObject());
	wakeUpkeep(triggerKeyOf(context), SWEEP, LOOK_AFTER_MS);

	const route = withSpeaker(agents, given, recorded.thread.state);
	// Of a repeated request the stored words count: its fields may have been cut anew.
	const told = recorded.kind === 'duplicate' ? storedText(message, recorded.message) : message;
	const [items] = await Promise.all([
		itemsOfText(context, settings, { message: told, route, agents, recorded, account, store }),
		told.failedUrl === undefined ? undefined : repair(told.failedUrl),
		tellConsent(context, store, recorded, async () => twilioAccountIn(account)),
	]);
	return items.length === 0 ? NOTHING : { ...NOTHING, workflowData: withVersion(items) };
}

/** Whether a text of an owner's phone is a command, which joins no contact's thread and starts no run. */
async function commandsAgent(
	services: ThreadServices,
	threadId: string,
	message: InboundMessage,
	rules: ConsentRules,
): Promise<boolean> {
	const { isCommand } = await import('../shared/owners/owners-phone.js');
	return await isCommand(services, threadId, message, rules.keywordsAnsweredBy);
}
