import type { IDataObject, INodeExecutionData, IWebhookFunctions } from 'n8n-workflow';
import type { RecordedText } from '../shared/agent/record-inbound';
import type { Route } from '../shared/messaging/routing';
import type { IncomingEvent } from '../shared/n8n/incoming-text';
import type { SigningAccount } from '../shared/n8n/signing-account.singleton';
import type { InboundMessage } from '../shared/twilio/inbound-webhook';
import { incomingText } from './incoming-item';
import { onOutputs, outputsFor } from './outputs';
import type { TriggerSettings } from './trigger-settings';

/** The events that the words of consent have. */
const CONSENT_EVENTS = { stop: 'optOut', start: 'optIn', help: 'help' } as const;

export interface ReceivedText {
	message: InboundMessage;
	route: Route;
	recorded: RecordedText;
	account: SigningAccount;
}

/**
 * What a text starts, by output: nothing for a duplicate, nor for STOP, START and HELP unless asked
 * for. Downloads media and notifies the agent's webhook on the way; neither can lose the text.
 */
export async function itemsOfText(
	context: IWebhookFunctions,
	settings: TriggerSettings,
	{ message, route, recorded, account }: ReceivedText,
): Promise<INodeExecutionData[][]> {
	const event = eventOf(recorded, settings);
	if (event === undefined) return [];
	const text = incomingText(event, message, route, recorded);
	const onText = event === 'message' ? route.agent.onText : 'reply';

	const notify = async () => {
		const { notifyAgentWebhook } = await import('./notify-agent-webhook.js');
		return await notifyAgentWebhook(context, route.agent, text, account);
	};
	const [item, notifyFailure] = await Promise.all([
		withMedia(context, settings, { json: text as unknown as IDataObject }),
		onText === 'reply' ? undefined : notify(),
	]);
	const outputs = outputsFor(route, settings.separateOutputs);
	return onOutputs([
		...(onText === 'notify' ? [] : [{ output: outputs.text, item }]),
		...(notifyFailure ? [{ output: outputs.notifyFailed, item: notifyFailure }] : []),
	]);
}

function eventOf(recorded: RecordedText, settings: TriggerSettings): IncomingEvent | undefined {
	switch (recorded.kind) {
		case 'text':
			return 'message';
		case 'consent':
			return settings.runOnConsentWords ? CONSENT_EVENTS[recorded.word] : undefined;
		case 'duplicate':
			return undefined;
	}
}

async function withMedia(
	context: IWebhookFunctions,
	{ maxMediaBytes }: TriggerSettings,
	item: INodeExecutionData,
): Promise<INodeExecutionData> {
	const { media } = item.json as { media?: unknown[] };
	if (maxMediaBytes === undefined || !media?.length) return item;
	const { withDownloadedMedia } = await import('./download-media.js');
	return await withDownloadedMedia(context, item, maxMediaBytes);
}
