import type { IHookFunctions } from 'n8n-workflow';
import { NoAnswerError } from '../../http/http-client';
import { InvalidInputError } from '../../messaging/invalid-input-error';
import { inTurn } from '../../process/in-turn';
import { accountEndpoints, listEndpoints } from '../../twilio/registration/account-endpoints';
import { assertMayTakeOver } from '../../twilio/registration/inbound-targets';
import type { InboundEndpoint, InboundEndpointRef } from '../../twilio/api/inbound-endpoint';
import type { OwnWebhookUrl } from '../../twilio/registration/own-webhook-url';
import { TwilioApiError, type TwilioClient } from '../../twilio/api/twilio-client';
import {
	clear,
	isRegistered,
	planRegistration,
	register,
	unregister,
	urlsOf,
	type RegisteredEndpoint,
	type Registration,
} from '../../twilio/registration/webhook-registration';
import { systemClock } from '../host/system-clock';
import { PHONE_NUMBERS, readConnection } from './connection-fields';
import { keepThreads } from '../stores/open-thread-store';
import { urlsHere } from '../webhook/called-url';
import { assertReachable, webhookAt } from '../webhook/public-webhook-url';
import { twilioAccountOf, twilioClientOf } from '../credentials/twilio-account';
import {
	reportCleared,
	reportForgotten,
	reportNotLooked,
	reportStranded,
} from './registration-report';
import {
	isOfSibling,
	registrationOf,
	rememberRegistration,
	yieldPlace,
} from './registration-memory';

/** Milliseconds before Twilio is asked again to give back what is remembered. */
const PAUSES_MS = [1_000, 2_000];

/** What a trigger connects at Twilio. */
export interface Connecting {
	/** The label of the field that says where; it goes into errors. */
	field: string;
	/** What it may connect at all. */
	kinds: ReadonlyArray<InboundEndpointRef['kind']>;
	/** Undefined where the builder sets the address by hand. Throws InvalidInputError where nothing could arrive. */
	targets:
		((client: TwilioClient, webhook: OwnWebhookUrl) => Promise<InboundEndpoint[]>) | undefined;
}

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
		if (!overwriteWebhook) assertMayTakeOver(endpoints, webhook, field);
		// n8n registers for a test in manual mode, and with a memory of its webhook.
		const purpose = context.getMode() === 'manual' ? 'test' : 'production';
		const earlier = registrationOf(context);
		const plan = planRegistration(endpoints, webhook, purpose, accountSid, earlier);
		rememberRegistration(context, plan);
		keepThreads(context);
		await register(accountEndpoints(client), endpoints, webhook, plan, field);
	});
}

/** Taking over from another trigger of the same workflow would leave that one published and silent. */
function assertNotOfSibling(context: IHookFunctions, endpoints: readonly InboundEndpoint[]): void {
	if (context.getMode() === 'manual') return;
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
			keepThreads(context);
		});
	} catch (error) {
		reportStranded(context, registrationOf(context)?.endpoints ?? [], error);
	}
}

/** Resolves to what could not be given back, of what is remembered. */
async function giveBack(
	context: IHookFunctions,
	client: TwilioClient,
	webhook: OwnWebhookUrl,
	registration: Registration,
): Promise<RegisteredEndpoint[]> {
	const stranded: RegisteredEndpoint[] = [];
	for (const endpoint of registration.endpoints) {
		try {
			assertSameAccount(client, registration);
			const run = async () => {
				const { purpose } = registration;
				return await unregister(accountEndpoints(client), endpoint, webhook, purpose);
			};
			// Where one was waited for in vain, the others need not wait as long again.
			const outcome = await (stranded.length === 0 ? insist(run) : run());
			if (outcome === 'heldByOthers' && registration.purpose === 'production') {
				yieldPlace(endpoint, endpoint.displaced, registration);
			}
		} catch (error) {
			stranded.push(endpoint);
			reportStranded(context, [endpoint], error);
		}
	}
	return stranded;
}

function assertSameAccount(client: TwilioClient, { accountSid }: Registration): void {
	if (accountSid === undefined || accountSid === client.account.accountSid) return;
	throw new InvalidInputError({
		field: 'Credential',
		cause: `it is of another Twilio account now than when this workflow was published (${accountSid})`,
		fix: 'Choose the credential of that account.',
	});
}

/**
 * Our URL may be where we remember nothing of: a run of another process may have overwritten the
 * memory. Nobody will answer there, so it goes, and the log says where it was.
 */
async function giveBackElsewhere(
	context: IHookFunctions,
	client: TwilioClient,
	webhook: OwnWebhookUrl,
	{ kinds }: Connecting,
): Promise<void> {
	try {
		const endpoints = await listEndpoints(client, kinds);
		for (const endpoint of endpoints.filter(({ settings }) => webhook.isOurs(settings.url))) {
			await clear(accountEndpoints(client), endpoint, webhook);
			reportCleared(context, endpoint);
		}
	} catch (error) {
		reportNotLooked(context, error);
	}
}

/**
 * Without a memory, our URL at Twilio may be that of a copy with the same webhook ID, which is
 * published while this one could not be.
 */
async function leaveAlone(
	context: IHookFunctions,
	client: TwilioClient,
	webhook: OwnWebhookUrl,
	{ targets }: Connecting,
): Promise<void> {
	const endpoints = await possibleTargets(client, webhook, targets);
	const left = endpoints.filter(({ settings }) => webhook.isCurrent(settings.url));
	if (left.length > 0) reportForgotten(context, left);
}

/** n8n does not try again what does not fail, so a moment's outage of Twilio is sat out here. */
async function insist<T>(run: () => Promise<T>): Promise<T> {
	for (const pause of PAUSES_MS) {
		try {
			return await run();
		} catch (error) {
			if (!mayPass(error)) throw error;
			await systemClock.sleep(pause);
		}
	}
	return await run();
}

function mayPass(error: unknown): boolean {
	if (error instanceof NoAnswerError) return true;
	return error instanceof TwilioApiError && (error.rateLimited || error.outcomeUnknown);
}

/** The URL that the trigger registers. Throws InvalidInputError where it has none that could work. */
export function webhookOf(context: IHookFunctions): OwnWebhookUrl {
	const { publicBaseUrl } = readConnection(context);
	const n8nUrl = context.getNodeWebhookUrl('default');
	return webhookAt(context.getNode(), n8nUrl, urlsHere(context), publicBaseUrl);
}

async function connectionOf(context: IHookFunctions) {
	const { overwriteWebhook } = readConnection(context);
	const registration = registrationOf(context);
	const webhook = webhookOf(context).remembering(urlsOf(registration));
	const account = await twilioAccountOf(context);
	return { overwriteWebhook, webhook, client: twilioClientOf(context, account), registration };
}

/** Where we may have registered, the memory of it lost; nowhere, where nothing can be registered. */
async function possibleTargets(
	client: TwilioClient,
	webhook: OwnWebhookUrl,
	targets: Connecting['targets'],
): Promise<InboundEndpoint[]> {
	try {
		return (await targets?.(client, webhook)) ?? [];
	} catch (error) {
		if (error instanceof InvalidInputError) return [];
		throw error;
	}
}
