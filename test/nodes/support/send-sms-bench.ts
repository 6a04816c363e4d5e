import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { OpenAiCompatibleApi } from '../../../credentials/OpenAiCompatibleApi.credentials';
import { TwilioMessagingApi } from '../../../credentials/TwilioMessagingApi.credentials';
import { SendSms } from '../../../nodes/SendSms/SendSms.node';
import type { IncomingText } from '../../../nodes/shared/n8n/items/incoming-text';
import { startModelEmulator, type ModelEmulator } from '../../../emulator/model-emulator';
import { startTwilioEmulator, type TwilioEmulator } from '../../../emulator/twilio-emulator';
import { openRateGates } from '../../support/open-rate-gates';
import { storedMessage } from '../../support/stored-message';
import { runNode, type NodeRun, type RunNodeOptions } from './run-node';

export const OURS = '+15550001000';
export const CONTACT = '+14155550123';
export const KEY = 'sk-of-the-builder';

/** Send SMS with both providers stood in for, and what other nodes that text need of it. */
export interface SendSmsBench {
	twilio: TwilioEmulator;
	model: ModelEmulator;
	accountSid: string;
	authToken: string;
	serviceSid: string;
	credentials: NonNullable<RunNodeOptions['credentials']>;
	/** An item as the Incoming SMS Trigger emits it, all of it by the words and the contact given. */
	incoming(change?: Partial<IncomingText>): IDataObject;
	/** Each workflow id has threads of its own. */
	run(
		items: IDataObject[],
		parameters?: INodeParameters,
		more?: Partial<RunNodeOptions>,
	): Promise<NodeRun>;
	/** Words of the texts we sent, oldest first. */
	texts(): string[];
	reset(): void;
	close(): Promise<void>;
}

export async function openSendSmsBench(): Promise<SendSmsBench> {
	const twilio = await startTwilioEmulator({ deliveryMs: 1 });
	const model = await startModelEmulator({ apiKey: KEY });
	const { accountSid, authToken } = twilio.addAccount();
	twilio.addNumber(accountSid, { phoneNumber: OURS });
	const { sid: serviceSid } = twilio.addService(accountSid, { numbers: [OURS] });
	const credentials = {
		twilioMessagingApi: { accountSid, authToken, apiBaseUrl: twilio.baseUrl },
		openAiCompatibleApi: { apiKey: KEY, baseUrl: model.apiUrl },
	};
	let workflow = 0;
	let executions = 0;
	const incoming = (change: Partial<IncomingText> = {}): IDataObject => {
		const { body = 'Do you have time on Friday?', contact = CONTACT } = change;
		const threadId = `${accountSid}:front-desk:${contact}`;
		const at = new Date().toISOString();
		const message = storedMessage(body, { sender: OURS, at });
		const text: IncomingText = {
			event: 'message',
			threadId,
			agent: {
				id: 'front-desk',
				name: 'Front Desk',
				smsPrompt: 'You are Ava of Bright Dental.',
			},
			contact,
			sender: OURS,
			messagingServiceSid: null,
			messageSid: message.messageSid,
			messageSids: [message.messageSid],
			body,
			messages: [message],
			media: [],
			numSegments: 1,
			receivedAt: at,
			newThread: true,
			reaction: null,
			late: false,
			lateMinutes: 0,
			tooLate: false,
			chatInput: body,
			sessionId: threadId,
			...change,
		};
		return text as unknown as IDataObject;
	};
	return {
		twilio,
		model,
		accountSid,
		authToken,
		serviceSid,
		credentials,
		incoming,
		run: async (items, parameters = {}, more = {}) =>
			await runNode({
				node: new SendSms(),
				items,
				parameters,
				credentials,
				credentialTypes: [new TwilioMessagingApi(), new OpenAiCompatibleApi()],
				workflowId: `workflow-${workflow}`,
				executionId: String(++executions),
				...more,
			}),
		texts: () => twilio.messages({ direction: 'outbound' }).map(({ body }) => body),
		reset: () => {
			twilio.clear();
			model.clear();
			openRateGates();
			model.respond = undefined;
			workflow++;
		},
		close: async () => {
			await twilio.close();
			await model.close();
		},
	};
}
