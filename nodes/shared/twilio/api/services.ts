import {
	ServiceListInstance,
	type ServiceContextUpdateOptions,
	type ServiceInstance,
} from 'twilio/lib/rest/messaging/v1/service';
import {
	methodOrPost,
	urlOrEmpty,
	type InboundEndpoint,
	type InboundSettings,
} from './inbound-endpoint';
import { TwilioApiError, type TwilioClient } from './twilio-client';

export interface MessagingService {
	sid: string;
	name: string;
	/** "Defer to sender's webhook": texts go to the URL of the number, not to the Service's. */
	defersToNumbers: boolean;
	endpoint: InboundEndpoint;
}

interface PooledNumber {
	/** SID of the phone number itself. */
	sid: string;
	phoneNumber: string;
}

/** Undefined where the account has no Service of this SID. */
export async function findService(
	client: TwilioClient,
	sid: string,
): Promise<MessagingService | undefined> {
	try {
		return messagingService(await services(client)(sid).fetch());
	} catch (error) {
		if (error instanceof TwilioApiError && error.isNotFound) return undefined;
		throw error;
	}
}

export async function listServices(client: TwilioClient): Promise<MessagingService[]> {
	return (await services(client).list({ pageSize: 100 })).map(messagingService);
}

/** The long codes and toll-free numbers of a Service's sender pool. */
export async function listPool(client: TwilioClient, serviceSid: string): Promise<PooledNumber[]> {
	const pool = await services(client)(serviceSid).phoneNumbers.list({ pageSize: 100 });
	return pool.map(({ sid, phoneNumber }) => ({ sid, phoneNumber }));
}

export async function writeServiceInbound(
	client: TwilioClient,
	sid: string,
	{ url, method, fallbackUrl, fallbackMethod }: Partial<InboundSettings>,
): Promise<void> {
	const changes: ServiceContextUpdateOptions = {
		...(url === undefined ? {} : { inboundRequestUrl: url }),
		...(method === undefined ? {} : { inboundMethod: method }),
		...(fallbackUrl === undefined ? {} : { fallbackUrl }),
		...(fallbackMethod === undefined ? {} : { fallbackMethod }),
	};
	await services(client)(sid).update(changes);
}

function services(client: TwilioClient) {
	return ServiceListInstance(client.messaging);
}

function messagingService(service: ServiceInstance): MessagingService {
	return {
		sid: service.sid,
		name: service.friendlyName,
		defersToNumbers: service.useInboundWebhookOnNumber,
		endpoint: {
			kind: 'service',
			sid: service.sid,
			label: `Messaging Service "${service.friendlyName}"`,
			settings: {
				url: urlOrEmpty(service.inboundRequestUrl),
				method: methodOrPost(service.inboundMethod),
				fallbackUrl: urlOrEmpty(service.fallbackUrl),
				fallbackMethod: methodOrPost(service.fallbackMethod),
				applicationSid: '',
			},
		},
	};
}

/**
 * Which of the Messaging Services has the number in its pool; undefined where none has. A call does
 * not say it, as a text does.
 */
export async function serviceOfNumber(
	client: TwilioClient,
	phoneNumber: string,
	serviceSids: readonly string[],
): Promise<string | undefined> {
	for (const sid of serviceSids) {
		const pool = await listPool(client, sid);
		if (pool.some((number) => number.phoneNumber === phoneNumber)) return sid;
	}
	return undefined;
}
