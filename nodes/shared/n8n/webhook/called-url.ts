import { NodeHelpers, type IWebhookFunctions } from 'n8n-workflow';
import type { TriggerContext } from '../host/field-value';
import { WEBHOOK_PATH } from './webhook-path';

/** What n8n knows and has no function for: a trigger is told one of its URLs at a time. */
interface UrlBases {
	additionalData?: { webhookBaseUrl?: string; webhookTestBaseUrl?: string };
}

/**
 * The URL that n8n has for the webhook that was called, the test URL while a test listens: the one
 * that the hooks have registered at Twilio. Undefined where the node has none.
 *
 * n8n below 2.34 tells a webhook its production URL only. The base of test URLs has moved between
 * its versions (N8N_EDITOR_BASE_URL counts in some and not in others), so it is read where n8n's
 * hooks get theirs instead of being worked out again from variables.
 */
export function calledUrl(context: IWebhookFunctions): string | undefined {
	const { getWebhookResourceUrl } = context as Partial<IWebhookFunctions>;
	if (getWebhookResourceUrl !== undefined) return getWebhookResourceUrl.call(context, 'default');
	const production = context.getNodeWebhookUrl('default');
	const testBase = (context as UrlBases).additionalData?.webhookTestBaseUrl;
	if (context.getMode() !== 'manual' || testBase === undefined) return production;
	return urlOn(testBase, context);
}

/** The URLs of the trigger on this n8n: production's and the one for tests, which may have another host. */
export function urlsHere(context: TriggerContext): string[] {
	const { webhookBaseUrl, webhookTestBaseUrl } = (context as UrlBases).additionalData ?? {};
	return [webhookBaseUrl, webhookTestBaseUrl].flatMap((base) =>
		base === undefined ? [] : [urlOn(base, context)],
	);
}

/** Whether a workflow of this n8n has the URL. */
export function isOnThisN8n(context: object, url: string): boolean {
	const { webhookBaseUrl, webhookTestBaseUrl } = (context as UrlBases).additionalData ?? {};
	return [webhookBaseUrl, webhookTestBaseUrl].some((base) => url.startsWith(`${base}/`));
}

/**
 * Whether this is for a test that listens. At its end n8n cleans up in the mode in which it unpublishes
 * a workflow, so that only the URL which the hook is about tells the two apart.
 */
export function isOfTest(context: TriggerContext): boolean {
	if (context.getMode() === 'manual') return true;
	const testBase = (context as UrlBases).additionalData?.webhookTestBaseUrl;
	// What n8n starts with a published workflow, and tells no URL of its own, is of no test.
	if (testBase === undefined || !('getNodeWebhookUrl' in context)) return false;
	return context.getNodeWebhookUrl('default') === urlOn(testBase, context);
}

/** The URL that n8n has for this context: that for tests in the hooks of a test. Undefined where the node has none. */
export function ownUrl(context: TriggerContext): string | undefined {
	if ('getNodeWebhookUrl' in context) return context.getNodeWebhookUrl('default');
	const { webhookBaseUrl } = (context as UrlBases).additionalData ?? {};
	return webhookBaseUrl === undefined ? undefined : urlOn(webhookBaseUrl, context);
}

function urlOn(base: string, context: TriggerContext): string {
	const workflowId = context.getWorkflow().id ?? '';
	return NodeHelpers.getNodeWebhookUrl(base, workflowId, context.getNode(), WEBHOOK_PATH);
}
