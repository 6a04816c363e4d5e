import type {
	InboundEndpoint,
	InboundEndpointRef,
	InboundEndpoints,
} from '../api/inbound-endpoint';
import {
	findNumber,
	writeNumberCalls,
	writeNumberCallStatus,
	writeNumberInbound,
} from '../api/numbers';
import { findService, writeServiceInbound } from '../api/services';
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
	if (number === undefined) return undefined;
	return { number: number.endpoint, voice: number.calls, callStatus: number.callStatus }[kind];
}
