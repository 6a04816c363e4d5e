import type {
	IDataObject,
	INodeExecutionData,
	ITriggerFunctions,
	IWebhookFunctions,
} from 'n8n-workflow';
import type { NotifyOutcome } from '../shared/receiving/notify-webhook';
import type { Agent } from '../shared/messaging/agent';
import type { IncomingText } from '../shared/n8n/items/incoming-text';
import { postToAgentWebhook, wholeTextTold } from '../shared/n8n/agents/post-to-agent-webhook';
import type { SigningAccount } from '../shared/n8n/credentials/signing-account.singleton';
import { logWarning } from '../shared/n8n/host/log-warning';
import { reasonOf } from '../shared/messaging/reason-of';

/** Tells the agent's webhook of the text. Resolves to an item that tells of the failure, if it failed. */
export async function notifyAgentWebhook(
	context: ITriggerFunctions | IWebhookFunctions,
	agent: Agent,
	text: IncomingText,
	{ notifySigningSecret }: SigningAccount,
): Promise<INodeExecutionData | undefined> {
	const outcome = await deliver(context, agent, text, notifySigningSecret);
	if (outcome.delivered) return undefined;
	const { attempts, reason } = outcome;
	const times = attempts === 1 ? 'once' : `${attempts} times`;
	logWarning(
		context,
		`notify:${agent.id}`,
		`The webhook of the agent "${agent.name}" did not get a text, tried ${times}: ${reason}.`,
	);
	const notify = { host: new URL(agent.webhookUrl).host, attempts, reason };
	return { json: { ...text, event: 'notifyFailed', notify } as unknown as IDataObject };
}

async function deliver(
	context: ITriggerFunctions | IWebhookFunctions,
	agent: Agent,
	text: IncomingText,
	secret: string,
): Promise<NotifyOutcome> {
	try {
		return await postToAgentWebhook(context, {
			url: agent.webhookUrl,
			id: `${text.messageSid}-${agent.id}`,
			payload: notification(text),
			secret,
		});
	} catch (error) {
		// Whatever it is, the text itself must get through.
		const reason = reasonOf(error);
		return { delivered: false, attempts: 1, reason };
	}
}

/** The text for another app: without our prompt and without what only n8n's own nodes need. */
function notification(text: IncomingText) {
	return {
		type: 'sms.received',
		timestamp: text.receivedAt,
		data: {
			...wholeTextTold(text),
			reaction: text.reaction,
		},
	};
}
