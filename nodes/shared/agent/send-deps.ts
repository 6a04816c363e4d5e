import type { Clock } from '../messaging/clock';
import type { OpenThreadStore } from '../threads/open-store';
import type { TwilioClient } from '../twilio/twilio-client';

/** What sending needs from outside. */
export interface SendDeps {
	store: OpenThreadStore;
	twilio: TwilioClient;
	clock: Clock;
	/** Stops waiting and retrying; a request under way is given up, its outcome then unknown. */
	signal?: AbortSignal | undefined;
	/** From 0 up to 1; spreads retries. */
	random?: () => number;
}
