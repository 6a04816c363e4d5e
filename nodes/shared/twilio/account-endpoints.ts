import type { InboundEndpoints } from './inbound-endpoint';
import { findNumber, writeNumberInbound } from './numbers';
import { findService, writeServiceInbound } from './services';
import type { TwilioClient } from './twilio-client';

/** The inbound settings of an account's Messaging Services and numbers. */
export function accountEndpoints(client: TwilioClient): InboundEndpoints {
	return {
		read: async ({ kind, sid }) => {
			const found =
				kind === 'service' ? await findService(client, sid) : await findNumber(client, sid);
			return found?.endpoint;
		},
		write: async ({ kind, sid }, settings) => {
			if (kind === 'service') await writeServiceInbound(client, sid, settings);
			else await writeNumberInbound(client, sid, settings);
		},
	};
}
