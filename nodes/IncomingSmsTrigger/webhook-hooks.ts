import { NodeOperationError, type IHookFunctions, type INode } from 'n8n-workflow';
import { assertStandardSecret } from '../shared/agent/standard-webhook-signature';
import { InvalidInputError } from '../shared/messaging/invalid-input-error';
import { assertStoreWorksHere } from '../shared/n8n/assert-store-works-here';
import { nodeErrorOf } from '../shared/n8n/node-error';
import { signingAccountOf } from '../shared/n8n/signing-account';
import { storeChoiceOfTrigger } from '../shared/n8n/thread-store-choice';
import { twilioAccountOf, twilioClientOf } from '../shared/n8n/twilio-account';
import { accountEndpoints } from '../shared/twilio/account-endpoints';
import type { InboundEndpoint } from '../shared/twilio/inbound-endpoint';
import { numberTargets, serviceTargets } from '../shared/twilio/inbound-targets';
import type { TwilioClient } from '../shared/twilio/twilio-client';
import { readConnection, type ConnectionSettings } from '../shared/n8n/connection-settings';
import { assertMayTakeOver } from '../shared/twilio/foreign-webhook';
import { assertReachable, ownUrlOf } from '../shared/n8n/public-webhook-url';
import { registrationOf, rememberRegistration } from '../shared/n8n/registration-memory';
import { sweepAtPublishing } from './sweep-at-publishing';
import { readAgents } from './trigger-settings';
import {
	isRegistered,
	planRegistration,
	register,
	unregister,
} from '../shared/twilio/webhook-registration';

/** Whether there is nothing to register. Looks at Twilio, not only at what we remember. */
export async function checkWebhookExists(context: IHookFunctions): Promise<boolean> {
	return await explained(context, async () => {
		assertStoreWorksHere(storeChoiceOfTrigger(context));
		await assertAgentsUsable(context);
		const { connection, own, client } = await connectionOf(context);
		const exists =
			connection.receiveOn === 'manual' ||
			isRegistered(await targetsOf(client, connection), own, registrationOf(context));
		// Where it does not exist it is created next, and that looks for stranded texts too.
		if (exists) await sweepAtPublishing(context, own);
		return exists;
	});
}

export async function createWebhook(context: IHookFunctions): Promise<boolean> {
	return await explained(context, async () => {
		const { connection, own, client } = await connectionOf(context);
		if (connection.receiveOn === 'manual') return true;
		assertReachable(own.url, client.account.apiBaseUrl);

		const endpoints = await targetsOf(client, connection);
		if (!connection.overwriteWebhook) assertMayTakeOver(endpoints, own);
		// n8n registers for a test in manual mode, and with a memory of its own.
		const purpose = context.getMode() === 'manual' ? 'test' : 'production';
		const plan = planRegistration(endpoints, own, purpose, registrationOf(context));
		rememberRegistration(context, plan);
		await register(accountEndpoints(client), endpoints, own, plan);
		await sweepAtPublishing(context, own);
		return true;
	});
}

/** Also called after a `create` that failed, for a webhook that never was. */
export async function deleteWebhook(context: IHookFunctions): Promise<boolean> {
	return await explained(context, async () => {
		const registration = registrationOf(context);
		const { connection, own, client } = await connectionOf(context);
		const refs =
			registration?.endpoints ?? (await possibleTargets(context, client, connection));
		await unregister(accountEndpoints(client), refs, own, registration);
		rememberRegistration(context, undefined);
		return true;
	});
}

/** Reports what could never work before Twilio is asked. n8n always checks before it creates. */
async function assertAgentsUsable(context: IHookFunctions): Promise<void> {
	if (readAgents(context).every(({ onText }) => onText === 'reply')) return;
	const { notifySigningSecret } = await signingAccountOf(context);
	assertStandardSecret(notifySigningSecret, 'Notify Signing Secret');
}

async function connectionOf(context: IHookFunctions) {
	const connection = readConnection(context);
	const url = context.getNodeWebhookUrl('default');
	const own = ownUrlOf(context.getNode(), url, connection.publicBaseUrl);
	const account = await twilioAccountOf(context);
	return { connection, own, client: twilioClientOf(context, account) };
}

/** Where we may have registered, the memory of it lost; nowhere, where nothing can be registered. */
async function possibleTargets(
	context: IHookFunctions,
	client: TwilioClient,
	connection: ConnectionSettings,
): Promise<InboundEndpoint[]> {
	if (connection.receiveOn === 'manual') return [];
	try {
		return await targetsOf(client, connection);
	} catch (error) {
		if (error instanceof InvalidInputError) return [];
		throw nodeErrorOf(context.getNode(), error);
	}
}

async function targetsOf(
	client: TwilioClient,
	connection: ConnectionSettings,
): Promise<InboundEndpoint[]> {
	return connection.receiveOn === 'phoneNumbers'
		? await numberTargets(client, connection.phoneNumbers)
		: await serviceTargets(client);
}

/** n8n shows only the message of what fails here, so the way out has to be in it. */
async function explained<T>(context: IHookFunctions, run: () => Promise<T>): Promise<T> {
	try {
		return await run();
	} catch (error) {
		throw activationError(context.getNode(), error);
	}
}

function activationError(node: INode, error: unknown): NodeOperationError {
	const { message, description } = nodeErrorOf(node, error);
	const whole = [message, description]
		.filter(Boolean)
		.join('. ')
		.replace(/([.!?])\. /g, '$1 ');
	return new NodeOperationError(node, whole);
}
