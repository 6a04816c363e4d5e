import {
	NodeOperationError,
	type IHookFunctions,
	type INode,
	type IWebhookFunctions,
} from 'n8n-workflow';
import { NoAnswerError } from '../../http/http-client';
import { InvalidInputError } from '../../messaging/invalid-input-error';
import { accountEndpoints } from '../../twilio/registration/account-endpoints';
import { assertMayTakeOver, isSet, withoutQuery } from '../../twilio/registration/inbound-targets';
import type { InboundEndpoint, InboundEndpointRef } from '../../twilio/api/inbound-endpoint';
import type { OwnWebhookUrl } from '../../twilio/registration/own-webhook-url';
import { TwilioApiError, type TwilioClient } from '../../twilio/api/twilio-client';
import {
	isRegistered,
	planRegistration,
	register,
	unregister,
	type RegisteredEndpoint,
	type Registration,
} from '../../twilio/registration/webhook-registration';
import { logWarning } from '../host/log-warning';
import { nodeErrorOf } from '../host/node-error';
import { systemClock } from '../host/system-clock';
import { readConnection } from './connection-fields';
import { assertReachable, webhookAt } from '../webhook/public-webhook-url';
import { twilioAccountOf, twilioClientOf } from '../credentials/twilio-account';

/** Milliseconds before Twilio is asked again to give back what is remembered. */
const PAUSES_MS = [1_000, 2_000];

const SENT: Record<InboundEndpointRef['kind'], string> = {
	service: 'texts',
	number: 'texts',
	voice: 'calls',
	callStatus: 'reports of ended calls',
};

/** What a trigger connects at Twilio. */
export interface Connecting {
	/** The label of the field that says where; it goes into errors. */
	field: string;
	/** Undefined where the builder sets the address by hand. Throws InvalidInputError where nothing could arrive. */
	targets:
		((client: TwilioClient, webhook: OwnWebhookUrl) => Promise<InboundEndpoint[]>) | undefined;
}

/** Whether there is nothing to register. Looks at Twilio, not only at what we remember. */
export async function isConnected(
	context: IHookFunctions,
	{ targets }: Connecting,
): Promise<boolean> {
	const { webhook, client } = await connectionOf(context);
	if (targets === undefined) return true;
	return isRegistered(await targets(client, webhook), webhook, registrationOf(context));
}

export async function connect(
	context: IHookFunctions,
	{ field, targets }: Connecting,
): Promise<void> {
	const { overwriteWebhook, webhook, client } = await connectionOf(context);
	if (targets === undefined) return;
	assertReachable(webhook.url, client.account.apiBaseUrl);

	const endpoints = await targets(client, webhook);
	if (!overwriteWebhook) assertMayTakeOver(endpoints, webhook, field);
	// n8n registers for a test in manual mode, and with a memory of its own.
	const purpose = context.getMode() === 'manual' ? 'test' : 'production';
	const plan = planRegistration(endpoints, webhook, purpose, registrationOf(context));
	rememberRegistration(context, plan);
	await register(accountEndpoints(client), endpoints, webhook, plan);
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
		const stranded = await giveBack(context, connectingOf());
		const registration = registrationOf(context);
		rememberRegistration(
			context,
			registration && stranded.length > 0
				? { ...registration, endpoints: stranded }
				: undefined,
		);
	} catch (error) {
		reportStranded(context, registrationOf(context)?.endpoints ?? [], error);
	}
}

/** Resolves to what could not be given back, of what is remembered. */
async function giveBack(
	context: IHookFunctions,
	{ targets }: Connecting,
): Promise<RegisteredEndpoint[]> {
	const registration = registrationOf(context);
	// Set up by hand: nothing of Twilio's was ever touched.
	if (registration === undefined && targets === undefined) return [];
	const { webhook, client } = await connectionOf(context);
	if (registration === undefined) {
		const refs = await possibleTargets(client, webhook, targets);
		await unregister(accountEndpoints(client), refs, webhook, undefined);
		return [];
	}
	const stranded: RegisteredEndpoint[] = [];
	for (const endpoint of registration.endpoints) {
		try {
			const run = async () => {
				await unregister(accountEndpoints(client), [endpoint], webhook, registration);
			};
			// Where one was waited for in vain, the others need not wait as long again.
			await (stranded.length === 0 ? insist(run) : run());
		} catch (error) {
			stranded.push(endpoint);
			reportStranded(context, [endpoint], error);
		}
	}
	return stranded;
}

/** n8n does not try again what does not fail, so a moment's outage of Twilio is sat out here. */
async function insist(run: () => Promise<void>): Promise<void> {
	for (const pause of PAUSES_MS) {
		try {
			return await run();
		} catch (error) {
			if (!mayPass(error)) throw error;
			await systemClock.sleep(pause);
		}
	}
	await run();
}

function mayPass(error: unknown): boolean {
	if (error instanceof NoAnswerError) return true;
	return error instanceof TwilioApiError && (error.rateLimited || error.outcomeUnknown);
}

function reportStranded(
	context: IHookFunctions,
	endpoints: readonly RegisteredEndpoint[],
	error: unknown,
): void {
	const { message } = activationError(context.getNode(), error);
	const reason = /[.!?]$/.test(message) ? message : `${message}.`;
	if (endpoints.length === 0) {
		const what = `Could not look whether Twilio still has this node's address: ${reason} If nothing was connected, all is well.`;
		logWarning(context, 'disconnect', what);
		return;
	}
	for (const { kind, sid, label, displaced } of endpoints) {
		const thing = label ?? sid;
		const former = isSet(displaced.url)
			? `what was there before, ${withoutQuery(displaced.url)}`
			: 'what you want there (nothing was there before)';
		const what = `${thing} may still send its ${SENT[kind]} to this node's address, where nobody takes them: ${reason} Once that is mended, publish this workflow again and unpublish it, or set ${thing} in the Twilio Console to ${former}.`;
		logWarning(context, `disconnect:${kind}:${sid}`, what);
	}
}

/** The URL that the trigger registers. Throws InvalidInputError where it has none that could work. */
export function webhookOf(context: IHookFunctions): OwnWebhookUrl {
	const { publicBaseUrl } = readConnection(context);
	return webhookAt(context.getNode(), context.getNodeWebhookUrl('default'), publicBaseUrl);
}

async function connectionOf(context: IHookFunctions) {
	const { overwriteWebhook } = readConnection(context);
	const webhook = webhookOf(context);
	const account = await twilioAccountOf(context);
	return { overwriteWebhook, webhook, client: twilioClientOf(context, account) };
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

/** n8n shows only the message of what fails in a hook, so the way out has to be in it. */
export async function explainFailure<T>(
	context: IHookFunctions,
	run: () => Promise<T>,
): Promise<T> {
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
