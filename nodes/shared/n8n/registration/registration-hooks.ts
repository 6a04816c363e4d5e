import {
	NodeOperationError,
	type IHookFunctions,
	type INode,
	type IDataObject,
	type IWebhookFunctions,
} from 'n8n-workflow';
import { InvalidInputError } from '../../messaging/invalid-input-error';
import { accountEndpoints } from '../../twilio/registration/account-endpoints';
import { assertMayTakeOver } from '../../twilio/registration/inbound-targets';
import type { InboundEndpoint } from '../../twilio/api/inbound-endpoint';
import type { OwnWebhookUrl } from '../../twilio/registration/own-webhook-url';
import type { TwilioClient } from '../../twilio/api/twilio-client';
import {
	isRegistered,
	planRegistration,
	register,
	unregister,
	type Registration,
} from '../../twilio/registration/webhook-registration';
import { nodeErrorOf } from '../host/node-error';
import { assertReachable, ownUrlOf } from '../webhook/public-webhook-url';
import { twilioAccountOf, twilioClientOf } from '../credentials/twilio-account';

/** What a trigger connects at Twilio. */
export interface Connecting {
	/** The label of the field that says where; it goes into errors. */
	field: string;
	/** Undefined where the builder sets the address by hand. Throws InvalidInputError where nothing could arrive. */
	targets: ((client: TwilioClient, own: OwnWebhookUrl) => Promise<InboundEndpoint[]>) | undefined;
}

/** Whether there is nothing to register. Looks at Twilio, not only at what we remember. */
export async function isConnected(
	context: IHookFunctions,
	{ targets }: Connecting,
): Promise<boolean> {
	const { own, client } = await connectionOf(context);
	if (targets === undefined) return true;
	return isRegistered(await targets(client, own), own, registrationOf(context));
}

export async function connect(
	context: IHookFunctions,
	{ field, targets }: Connecting,
): Promise<void> {
	const { overwriteWebhook, own, client } = await connectionOf(context);
	if (targets === undefined) return;
	assertReachable(own.url, client.account.apiBaseUrl);

	const endpoints = await targets(client, own);
	if (!overwriteWebhook) assertMayTakeOver(endpoints, own, field);
	// n8n registers for a test in manual mode, and with a memory of its own.
	const purpose = context.getMode() === 'manual' ? 'test' : 'production';
	const plan = planRegistration(endpoints, own, purpose, registrationOf(context));
	rememberRegistration(context, plan);
	await register(accountEndpoints(client), endpoints, own, plan);
}

/** Also for a connection that failed, or never was. */
export async function disconnect(context: IHookFunctions, { targets }: Connecting): Promise<void> {
	const registration = registrationOf(context);
	const { own, client } = await connectionOf(context);
	const refs = registration?.endpoints ?? (await possibleTargets(context, client, own, targets));
	await unregister(accountEndpoints(client), refs, own, registration);
	rememberRegistration(context, undefined);
}

/** The URL that the trigger registers. Throws InvalidInputError where it has none that could work. */
export function ownUrlIn(context: IHookFunctions): OwnWebhookUrl {
	const { publicBaseUrl } = readConnection(context);
	return ownUrlOf(context.getNode(), context.getNodeWebhookUrl('default'), publicBaseUrl);
}

async function connectionOf(context: IHookFunctions) {
	const { overwriteWebhook } = readConnection(context);
	const own = ownUrlIn(context);
	const account = await twilioAccountOf(context);
	return { overwriteWebhook, own, client: twilioClientOf(context, account) };
}

/** Where we may have registered, the memory of it lost; nowhere, where nothing can be registered. */
async function possibleTargets(
	context: IHookFunctions,
	client: TwilioClient,
	own: OwnWebhookUrl,
	targets: Connecting['targets'],
): Promise<InboundEndpoint[]> {
	if (targets === undefined) return [];
	try {
		return await targets(client, own);
	} catch (error) {
		if (error instanceof InvalidInputError) return [];
		throw nodeErrorOf(context.getNode(), error);
	}
}

/** n8n shows only the message of what fails in a hook, so the way out has to be in it. */
export async function explained<T>(context: IHookFunctions, run: () => Promise<T>): Promise<T> {
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

type ReceiveOn = 'messagingService' | 'phoneNumbers' | 'manual';

/** Where the trigger connects itself at Twilio. */
interface ConnectionSettings {
	receiveOn: ReceiveOn;
	/** SIDs. */
	phoneNumbers: string[];
	overwriteWebhook: boolean;
	/** Empty: n8n's own. */
	publicBaseUrl: string;
}

export function readConnection(context: IHookFunctions): ConnectionSettings {
	const options = context.getNodeParameter('options', {}) as IDataObject;
	const { overwriteWebhook, publicBaseUrl } = options;
	return {
		receiveOn: context.getNodeParameter('receiveOn', 'messagingService') as ReceiveOn,
		phoneNumbers: context.getNodeParameter('phoneNumbers', []) as string[],
		overwriteWebhook: overwriteWebhook === true,
		publicBaseUrl: typeof publicBaseUrl === 'string' ? publicBaseUrl : '',
	};
}

const KEY = 'registration';

/** What this trigger has taken over, kept with the workflow. A test has a memory of its own. */
export function registrationOf(
	context: IHookFunctions | IWebhookFunctions,
): Registration | undefined {
	const memory = context.getWorkflowStaticData('node');
	const kept = memory[KEY] as unknown as Partial<Registration> | undefined;
	// n8n hands out proxies that report to the execution they were made for: take a plain copy.
	return Array.isArray(kept?.endpoints)
		? (JSON.parse(JSON.stringify(kept)) as Registration)
		: undefined;
}

function rememberRegistration(
	context: IHookFunctions,
	registration: Registration | undefined,
): void {
	const memory = context.getWorkflowStaticData('node');
	if (registration === undefined) delete memory[KEY];
	else memory[KEY] = registration;
}
