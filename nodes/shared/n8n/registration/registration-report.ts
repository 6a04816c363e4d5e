import type { IDataObject, IHookFunctions, INode, NodeOperationError } from 'n8n-workflow';
import type { InboundEndpoint, InboundEndpointRef } from '../../twilio/api/inbound-endpoint';
import { isSet, withoutQuery } from '../../twilio/registration/inbound-targets';
import type { RegisteredEndpoint, Registration } from '../../twilio/registration/registration';
import { logWarning } from '../host/log-warning';
import { nodeErrorOf, operationError } from '../host/node-error';
import { systemClock } from '../host/system-clock';
import { keepThreads } from '../stores/open-thread-store';
import { isOfTest } from '../webhook/called-url';
import { callFallbackOption } from './connection-fields';
import { keepRegistrations } from './registration-memory';

const SENT: Record<InboundEndpointRef['kind'], string> = {
	service: 'texts',
	number: 'texts',
	voice: 'calls',
	callStatus: 'reports of ended calls',
};

/** What could not be given back, with the way out. */
export function reportStranded(
	context: IHookFunctions,
	endpoints: readonly RegisteredEndpoint[],
	error: unknown,
): void {
	const reason = reasonIn(context, error);
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

/** With Automatic, what was connected stands nowhere in the editor. */
export function reportConnected(
	context: IHookFunctions,
	endpoints: readonly InboundEndpoint[],
): void {
	if (isOfTest(context)) return;
	const connected = endpoints.map(({ kind, label }) => `${SENT[kind]} of ${label}`).join(', ');
	context.logger.info(`${context.getNode().name}: Connected at Twilio: ${connected}.`);
}

/** The builder has entered a fallback for calls, and a number has another one. */
export function reportOtherFallbacks(
	context: IHookFunctions,
	{ callFallbackUrl, endpoints }: Registration,
): void {
	if (callFallbackUrl === undefined) return;
	for (const { kind, sid, label, displaced } of endpoints) {
		const { fallbackUrl } = displaced;
		if (kind !== 'voice' || !isSet(fallbackUrl) || fallbackUrl === callFallbackUrl) continue;
		const what = `${label ?? sid} has a fallback address for calls already, ${withoutQuery(fallbackUrl)}: it stays, and what you entered under ${callFallbackOption.displayName} is not used there. To use it, empty "Primary handler fails" of that number in the Twilio Console and publish again.`;
		logWarning(context, `fallback:${sid}`, what);
	}
}

/** Our address was there, and what was there before is not known. */
export function reportCleared(
	context: IHookFunctions,
	{ kind, sid, label }: InboundEndpoint,
): void {
	const what = `${label} sent its ${SENT[kind]} to this node's address too, and this workflow does not remember what was there before: now nothing is set. If another app is to have them, enter its address in the Twilio Console.`;
	logWarning(context, `cleared:${kind}:${sid}`, what);
}

/** Our address is there, and this workflow does not remember to have set it. */
export function reportForgotten(
	context: IHookFunctions,
	endpoints: readonly InboundEndpoint[],
): void {
	for (const { kind, sid, label } of endpoints) {
		const what = `${label} sends its ${SENT[kind]} to this node's address, and this workflow does not remember to have connected it, so it is left as it is: a copy of this workflow may be published at that address. If there is none, enter in the Twilio Console what you want there.`;
		logWarning(context, `forgotten:${kind}:${sid}`, what);
	}
}

export function reportNotLooked(context: IHookFunctions, error: unknown): void {
	const what = `What this workflow remembers is given back. Could not look whether other numbers have this node's address too: ${reasonIn(context, error)}`;
	logWarning(context, 'notLooked', what);
}

function reasonIn(context: IHookFunctions, error: unknown): string {
	const { message } = activationError(context.getNode(), error);
	return /[.!?]$/.test(message) ? message : `${message}.`;
}

/** n8n shows only the message of what fails in a hook, so the way out has to be in it. */
export async function explainFailure<T>(
	context: IHookFunctions,
	run: () => Promise<T>,
): Promise<T> {
	try {
		const result = await run();
		noteRefusal(context, undefined);
		return result;
	} catch (error) {
		const explained = activationError(context.getNode(), error);
		noteRefusal(context, explained.message);
		throw explained;
	}
}

/** Refusals of a workflow's triggers, by the ID of their node: `{ at, message }`. */
const REFUSALS_KEY = 'smsNotPublished';

/**
 * n8n answers before it has published, and its API never says why it could not. Static data it does
 * show: who publishes by the API, as docs/resellers does, reads the reason there.
 */
function noteRefusal(context: IHookFunctions, message: string | undefined): void {
	if (isOfTest(context)) return;
	const staticData = context.getWorkflowStaticData('global');
	const { id, name } = context.getNode();
	const refusals = { ...(staticData[REFUSALS_KEY] as IDataObject | undefined) };
	if (message === undefined && refusals[id || name] === undefined) return;
	if (message === undefined) delete refusals[id || name];
	else refusals[id || name] = { at: systemClock.now(), message };
	staticData[REFUSALS_KEY] = refusals;
	// n8n saves all of it now, as old as this publishing.
	keepThreads(context);
	keepRegistrations(context);
}

function activationError(node: INode, error: unknown): NodeOperationError {
	const { message, description } = nodeErrorOf(node, error);
	const whole = [message, description]
		.filter(Boolean)
		.join('. ')
		.replace(/([.!?])\. /g, '$1 ');
	return operationError(node, whole);
}
