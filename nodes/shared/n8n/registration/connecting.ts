import type { InboundEndpoint, InboundEndpointRef } from '../../twilio/api/inbound-endpoint';
import type { TwilioClient } from '../../twilio/api/twilio-client';
import type { OwnWebhookUrl } from '../../twilio/registration/own-webhook-url';

/** What a trigger connects at Twilio. */
export interface Connecting {
	/** The label of the field that says where; it goes into errors. */
	field: string;
	/** What it may connect at all. */
	kinds: ReadonlyArray<InboundEndpointRef['kind']>;
	/** Undefined where the builder sets the address by hand. Throws InvalidInputError where nothing could arrive. */
	targets:
		((client: TwilioClient, webhook: OwnWebhookUrl) => Promise<InboundEndpoint[]>) | undefined;
}
