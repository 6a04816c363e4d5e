import type { ILoadOptionsFunctions } from 'n8n-workflow';
import { withoutQuery } from '../../twilio/registration/inbound-targets';
import type { TriggerContext } from '../host/field-value';
import { isOnThisN8n } from '../webhook/called-url';
import { workflowPublishedAt } from './registration-memory';

/** How a builder knows the workflow of this n8n that has the URL; undefined where it is another app's. */
export function otherWorkflowAt(
	context: TriggerContext | ILoadOptionsFunctions,
	url: string,
): string | undefined {
	const name = workflowPublishedAt(context, url);
	if (name) return `"${name}"`;
	return isOnThisN8n(context, url) ? withoutQuery(url) : undefined;
}

/** Who gets what is sent to the URL: a workflow of this n8n, by its name, or an address. */
export function holderOfUrl(context: ILoadOptionsFunctions, url: string): string {
	const workflow = otherWorkflowAt(context, url);
	return workflow ? `a workflow of this n8n: ${workflow}` : withoutQuery(url);
}
