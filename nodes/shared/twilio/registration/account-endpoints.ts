import type {
	InboundEndpoint,
	InboundEndpointRef,
	InboundEndpoints,
} from '../api/inbound-endpoint';
import {
	findNumber,
	listNumbers,
	type AccountNumber,
	writeNumberCalls,
	writeNumberCallStatus,
	writeNumberInbound,
} from '../api/numbers';
import { findService, listServices, writeServiceInbound } from '../api/services';
import type { TwilioClient } from '../api/twilio-client';

/** The inbound settings of an account's Messaging Services and numbers. */
export function accountEndpoints(client: TwilioClient): InboundEndpoints {
	return {
		read: async (ref) => await read(client, ref),
		write: async ({ kind, sid }, settings) => await WRITERS[kind](client, sid, settings),
	};
}

const WRITERS = {
	service: writeServiceInbound,
	number: writeNumberInbound,
	voice: writeNumberCalls,
	callStatus: writeNumberCallStatus,
};

async function read(
	client: TwilioClient,
	{ kind, sid }: InboundEndpointRef,
): Promise<InboundEndpoint | undefined> {
	if (kind === 'service') return (await findService(client, sid))?.endpoint;
	const number = await findNumber(client, sid);
	return number && endpointOf(number, kind);
}

/** All endpoints of these kinds that the account has. */
export async function listEndpoints(
	client: TwilioClient,
	kinds: ReadonlyArray<InboundEndpointRef['kind']>,
): Promise<InboundEndpoint[]> {
	const ofNumbers = kinds.flatMap((kind) => (kind === 'service' ? [] : [kind]));
	const [services, numbers] = await Promise.all([
		kinds.includes('service') ? listServices(client) : [],
		ofNumbers.length > 0 ? listNumbers(client) : [],
	]);
	return [
		...services.map(({ endpoint }) => endpoint),
		...numbers.flatMap((number) => ofNumbers.map((kind) => endpointOf(number, kind))),
	];
}

function endpointOf(
	number: AccountNumber,
	kind: Exclude<InboundEndpointRef['kind'], 'service'>,
): InboundEndpoint {
	return { number: number.endpoint, voice: number.calls, callStatus: number.callStatus }[kind];
}
