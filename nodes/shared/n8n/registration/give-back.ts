import type { IHookFunctions } from 'n8n-workflow';
import { NoAnswerError } from '../../http/http-client';
import { InvalidInputError } from '../../messaging/invalid-input-error';
import type { InboundEndpoint } from '../../twilio/api/inbound-endpoint';
import { TwilioApiError, type TwilioClient } from '../../twilio/api/twilio-client';
import { accountEndpoints, listEndpoints } from '../../twilio/registration/account-endpoints';
import type { OwnWebhookUrl } from '../../twilio/registration/own-webhook-url';
import type { RegisteredEndpoint, Registration } from '../../twilio/registration/registration';
import { clear, unregister } from '../../twilio/registration/webhook-registration';
import { systemClock } from '../host/system-clock';
import type { Connecting } from './connecting';
import { yieldPlace } from './registration-memory';
import {
	reportCleared,
	reportForgotten,
	reportNotLooked,
	reportStranded,
} from './registration-report';

/** Milliseconds before Twilio is asked again to give back what is remembered. */
const PAUSES_MS = [1_000, 2_000];

/** Resolves to what could not be given back, of what is remembered. */
export async function giveBack(
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
export async function giveBackElsewhere(
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
export async function leaveAlone(
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
	return error instanceof NoAnswerError || (error instanceof TwilioApiError && error.mayPass);
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
