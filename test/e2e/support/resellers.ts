import type { NumberRecord, ServiceRecord } from '../../../emulator/twilio/records';
import type { NumberOptions } from '../../../emulator/twilio/setup';
import type { N8nClient } from '../../../harness/n8n-client';
import type { E2eFixture } from './e2e-fixture';

/** Of every client: where they are told of texts that need a person. */
export const OWN_PHONE = '+14155550776';

/** What a reseller writes down about a client. */
export interface ResellersClient {
	name: string;
	accountSid: string;
	authToken: string;
	number: string;
	prompt: string;
	messagingServiceSid?: string;
	[field: string]: unknown;
}

/** A Twilio account of the client's own, and what the reseller writes down about it. */
export function newClient(fixture: E2eFixture, name: string, phoneNumber: string): ResellersClient {
	return newClientAtTwilio(fixture, name, { phoneNumber }).client;
}

/** The same, and the number and its Messaging Service as Twilio has them. */
export function newClientAtTwilio(
	{ twilio, model }: E2eFixture,
	name: string,
	options: NumberOptions,
): { client: ResellersClient; line: NumberRecord; service: ServiceRecord } {
	const { phoneNumber } = options;
	const { accountSid, authToken } = twilio.addAccount({ friendlyName: name });
	const line = twilio.addNumber(accountSid, options);
	const service = twilio.addService(accountSid, { numbers: [phoneNumber] });
	const client = {
		name,
		accountSid,
		authToken,
		messagingServiceSid: service.sid,
		number: phoneNumber,
		ownerPhone: OWN_PHONE,
		prompt: `You are Ava from ${name}.`,
		modelApiKey: 'emulated-key',
		modelBaseUrl: model.apiUrl,
		twilioApiBaseUrl: twilio.baseUrl,
	};
	return { client, line, service };
}

/** All that the tests' clients have in n8n. */
export async function removeClients(client: N8nClient): Promise<void> {
	for (const { id, name } of await client.workflows()) {
		if (name.startsWith('Client ')) await client.deleteWorkflow(id);
	}
	for (const { id, name } of await client.credentials()) {
		if (name.startsWith('Client ')) await client.deleteCredential(id);
	}
}
