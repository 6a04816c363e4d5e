import { NodeOperationError, type IHookFunctions, type INode } from 'n8n-workflow';
import { assertStandardSecret } from '../shared/agent/standard-webhook-signature';
import { nodeErrorOf } from '../shared/n8n/node-error';
import { signingAccountOf } from '../shared/n8n/signing-account';
import { twilioAccountOf, twilioClientOf } from '../shared/n8n/twilio-account';
import { accountEndpoints } from '../shared/twilio/account-endpoints';
import type { InboundEndpoint } from '../shared/twilio/inbound-endpoint';
import { numberTargets, serviceTargets } from '../shared/twilio/inbound-targets';
import type { TwilioClient } from '../shared/twilio/twilio-client';
import { assertMayTakeOver } from './foreign-webhook';
import { assertReachable, ownUrlOf } from './public-webhook-url';
import { registrationOf, rememberRegistration } from './registration-memory';
import { readSettings, type TriggerSettings } from './trigger-settings';
import { isRegistered, planRegistration, register, unregister } from './webhook-registration';

/** Whether there is nothing to register. Looks at Twilio, not at what we remember. */
export async function checkWebhookExists(context: IHookFunctions): Promise<boolean> {
	return await explained(context, async () => {
		const { settings, own, client } = await prepared(context);
		if (settings.receiveOn === 'manual') return true;
		const endpoints = await targetsOf(client, settings);
		return isRegistered(endpoints, own, registrationOf(context));
	});
}

export async function createWebhook(context: IHookFunctions): Promise<boolean> {
	return await explained(context, async () => {
		const { settings, own, client } = await prepared(context);
		if (settings.receiveOn === 'manual') return true;
		assertReachable(own.url, client.account.apiBaseUrl);

		const endpoints = await targetsOf(client, settings);
		if (!settings.overwriteWebhook) assertMayTakeOver(endpoints, own);
		// n8n registers for a test in manual mode, and with a memory of its own.
		const purpose = context.getMode() === 'manual' ? 'test' : 'production';
		const plan = planRegistration(endpoints, own, purpose, registrationOf(context));
		rememberRegistration(context, plan);
		await register(accountEndpoints(client), endpoints, own, plan);
		return true;
	});
}

/** Also called after a `create` that failed, and for a webhook that never was. */
export async function deleteWebhook(context: IHookFunctions): Promise<boolean> {
	return await explained(context, async () => {
		const registration = registrationOf(context);
		const { settings, own, client } = await prepared(context);
		const refs =
			registration?.endpoints ??
			(settings.receiveOn === 'manual' ? [] : await targetsOf(client, settings));
		await unregister(accountEndpoints(client), refs, own, registration);
		rememberRegistration(context, undefined);
		return true;
	});
}

/** What every hook needs; reports a setting that cannot work before Twilio is asked. */
async function prepared(context: IHookFunctions) {
	const settings = readSettings(context);
	const own = ownUrlOf(
		context.getNode(),
		context.getNodeWebhookUrl('default'),
		settings.publicBaseUrl,
	);
	if (settings.agents.some(({ onText }) => onText !== 'reply')) {
		const { notifySigningSecret } = await signingAccountOf(context);
		assertStandardSecret(notifySigningSecret, 'Notify Signing Secret');
	}
	const account = await twilioAccountOf(context);
	return { settings, own, client: twilioClientOf(context, account) };
}

async function targetsOf(
	client: TwilioClient,
	settings: TriggerSettings,
): Promise<InboundEndpoint[]> {
	return settings.receiveOn === 'phoneNumbers'
		? await numberTargets(client, settings.phoneNumbers)
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
