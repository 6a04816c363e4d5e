import type { ITriggerFunctions } from 'n8n-workflow';
import { inTurn } from '../../process/in-turn';
import type { InboundEndpoint } from '../../twilio/api/inbound-endpoint';
import { accountEndpoints } from '../../twilio/registration/account-endpoints';
import { isHeldByOther, whereTo } from '../../twilio/registration/inbound-targets';
import {
	isRegistered,
	planRegistration,
	register,
} from '../../twilio/registration/webhook-registration';
import { logWarning } from '../host/log-warning';
import { assertReachable } from '../webhook/public-webhook-url';
import type { Connecting } from './connecting';
import { connectionOf } from './registration-hooks';
import { otherWorkflowAt } from './other-workflow';
import { registrationOf, rememberRegistration } from './registration-memory';

/**
 * Connects a published trigger again where Twilio has no address of it, or a former one. What another
 * app or workflow has is left to it, also where the builder allowed to take over: that was when it was
 * published. Rejects where Twilio does not answer, and with InvalidInputError.
 */
export async function reconnect(
	context: ITriggerFunctions,
	{ field, targets }: Connecting,
): Promise<void> {
	const { webhook, client } = await connectionOf(context);
	if (targets === undefined) return;
	assertReachable(webhook.url, client.account.apiBaseUrl);
	const { accountSid } = client.account;
	await inTurn(accountSid, async () => {
		const endpoints = await targets(client, webhook);
		const others = endpoints.filter((endpoint) => isHeldByOther(endpoint, webhook));
		if (others.length > 0) reportOthers(context, others);
		const ours = endpoints.filter((endpoint) => !others.includes(endpoint));
		const earlier = registrationOf(context);
		if (ours.length === 0 || isRegistered(ours, webhook, earlier)) return;
		const plan = planRegistration(ours, webhook, 'production', accountSid, earlier);
		rememberRegistration(context, plan);
		await register(accountEndpoints(client), ours, webhook, plan, field);
		const moved = ours.filter(({ settings }) => !webhook.isCurrent(settings.url));
		if (moved.length === 0) return;
		const labels = moved.map(({ label }) => label).join(', ');
		context.logger.info(
			`${context.getNode().name}: ${labels} had another address of this workflow, or none, and is connected again.`,
		);
	});
}

function reportOthers(context: ITriggerFunctions, others: readonly InboundEndpoint[]): void {
	const places = others
		.map((endpoint) => whereTo(endpoint, (url) => otherWorkflowAt(context, url)))
		.join('; ');
	const what = `Another app has been connected in place of this workflow, and keeps its place: ${places}. To take over again, unpublish this workflow and publish it again.`;
	logWarning(context, 'heldByOthers', what);
}
