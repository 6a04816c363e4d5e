import type { IHookFunctions } from 'n8n-workflow';
import { InvalidInputError } from '../../messaging/invalid-input-error';
import { inTurn } from '../../process/in-turn';
import type { InboundEndpoint } from '../../twilio/api/inbound-endpoint';
import { accountEndpoints } from '../../twilio/registration/account-endpoints';
import { assertMayTakeOver } from '../../twilio/registration/inbound-targets';
import type { OwnWebhookUrl } from '../../twilio/registration/own-webhook-url';
import { remembering } from '../../twilio/registration/registration';
import {
	isRegistered,
	planRegistration,
	register,
} from '../../twilio/registration/webhook-registration';
import { twilioAccountOf, twilioClientOf } from '../credentials/twilio-account';
import type { TriggerContext } from '../host/field-value';
import { keepThreads } from '../stores/open-thread-store';
import { isOfTest, ownUrl } from '../webhook/called-url';
import { ownWebhook } from '../webhook/own-webhook';
import { assertReachable } from '../webhook/public-webhook-url';
import type { Connecting } from './connecting';
import { PHONE_NUMBERS, readConnection } from './connection-fields';
import { giveBack, giveBackElsewhere, leaveAlone } from './give-back';
import { otherWorkflowAt } from './other-workflow';
import { isOfSibling, registrationOf, rememberRegistration } from './registration-memory';
import { reportConnected, reportOtherFallbacks, reportStranded } from './registration-report';

/** Whether there is nothing to register. Looks at Twilio, not only at what we remember. */
export async function isConnected(
	context: IHookFunctions,
	{ targets }: Connecting,
): Promise<boolean> {
	const { webhook, client, registration } = await connectionOf(context);
	if (targets === undefined) return true;
	if (!isRegistered(await targets(client, webhook), webhook, registration)) return false;
	if (registration?.stranded) {
		const connected = { ...registration };
		delete connected.stranded;
		rememberRegistration(context, connected);
	}
	return true;
}

/**
 * Triggers of one account connect one after the other: each then sees what the one before has set, so
 * that of two on one number the second is refused and the first goes on.
 */
export async function connect(
	context: IHookFunctions,
	{ field, targets }: Connecting,
): Promise<void> {
	const { overwriteWebhook, webhook, client } = await connectionOf(context);
	if (targets === undefined) return;
	assertReachable(webhook.url, client.account.apiBaseUrl);

	const { accountSid } = client.account;
	await inTurn(accountSid, async () => {
		const endpoints = await targets(client, webhook);
		assertNotOfSibling(context, endpoints);
		if (!overwriteWebhook) {
			const workflowAt = (url: string) => otherWorkflowAt(context, url);
			assertMayTakeOver(endpoints, webhook, field, workflowAt);
		}
		const purpose = isOfTest(context) ? 'test' : 'production';
		const earlier = registrationOf(context);
		const plan = planRegistration(endpoints, webhook, purpose, accountSid, earlier);
		rememberRegistration(context, plan);
		if (!isOfTest(context)) keepThreads(context);
		await register(accountEndpoints(client), endpoints, webhook, plan, field);
		reportConnected(context, endpoints);
		reportOtherFallbacks(context, plan);
	});
}

/** Taking over from another trigger of the same workflow would leave that one published and silent. */
function assertNotOfSibling(context: IHookFunctions, endpoints: readonly InboundEndpoint[]): void {
	if (isOfTest(context)) return;
	const taken = endpoints.filter(({ settings }) => isOfSibling(context, settings.url));
	if (taken.length === 0) return;
	throw new InvalidInputError({
		field: PHONE_NUMBERS,
		cause: `another trigger of this workflow has ${taken.map(({ label }) => label).join(', ')} already`,
		fix: 'One number can have one trigger for texts and one for calls. Choose other numbers in one of the two, or delete one.',
	});
}

/**
 * Gives back what was taken over; also after a connection that failed, or never was. Never rejects:
 * n8n calls this after each connection that failed, and keeps the trigger's row when it does, so that
 * the next publishing would connect nothing and read as published all the same. What could not be
 * given back is logged with the way out, and stays remembered for the next time.
 */
export async function disconnect(
	context: IHookFunctions,
	connectingOf: () => Connecting,
): Promise<void> {
	try {
		const connecting = connectingOf();
		// Set up by hand: nothing of Twilio's was ever touched.
		if (registrationOf(context) === undefined && connecting.targets === undefined) return;
		const { webhook, client } = await connectionOf(context);
		await inTurn(client.account.accountSid, async () => {
			const registration = registrationOf(context);
			if (registration === undefined) {
				await leaveAlone(context, client, webhook, connecting);
				return;
			}
			const stranded = await giveBack(context, client, webhook, registration);
			if (stranded.length === 0 && registration.purpose === 'production') {
				await giveBackElsewhere(context, client, webhook, connecting);
			}
			rememberRegistration(
				context,
				stranded.length > 0
					? { ...registration, endpoints: stranded, stranded: true }
					: undefined,
			);
			if (!isOfTest(context)) keepThreads(context);
		});
	} catch (error) {
		const registration = registrationOf(context);
		if (registration) rememberRegistration(context, { ...registration, stranded: true });
		reportStranded(context, registration?.endpoints ?? [], error);
	}
}

/** The URL that the trigger registers. Throws InvalidInputError where it has none that could work. */
export function webhookOf(context: TriggerContext): OwnWebhookUrl {
	return ownWebhook(context, ownUrl(context));
}

/** What connecting begins with. Throws InvalidInputError. */
export async function connectionOf(context: TriggerContext) {
	const { overwriteWebhook } = readConnection(context);
	const registration = registrationOf(context);
	const webhook = remembering(webhookOf(context), registration);
	const account = await twilioAccountOf(context);
	return { overwriteWebhook, webhook, client: twilioClientOf(context, account), registration };
}
