import type { IDataObject, IHookFunctions } from 'n8n-workflow';

export type ReceiveOn = 'messagingService' | 'phoneNumbers' | 'manual';

/** Where the trigger connects itself at Twilio. */
export interface ConnectionSettings {
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
