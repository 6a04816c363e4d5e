import type { ITriggerFunctions } from 'n8n-workflow';
import { InvalidInputError } from '../../messaging/invalid-input-error';
import { reasonWithFix } from '../../messaging/reason-of';
import { TwilioApiError } from '../../twilio/api/twilio-client';
import { logWarning } from '../host/log-warning';
import type { Connecting } from '../registration/connecting';
import { reconnect } from '../registration/reconnect';
import { wantCatchUp } from './catch-up-wanted';
import { REGISTRATION } from './names';
import { triggerKeyOf } from './trigger-key';
import type { UpkeepTask } from './upkeep';

/** Milliseconds until Twilio is asked again after it refused: until then somebody may have mended the credential. */
const REFUSED_AGAIN_MS = 10 * 60_000;

/**
 * Looks, once n8n has started, whether Twilio still sends texts or calls here, and mends it: the address
 * of n8n may have changed. Tries for as long as Twilio is away; after that it looks no more.
 */
export function registrationTask(context: ITriggerFunctions, connecting: Connecting): UpkeepTask {
	return {
		name: REGISTRATION,
		async look(now) {
			try {
				await reconnect(context, connecting);
				// What came while the address was another one.
				wantCatchUp(triggerKeyOf(context));
				return undefined;
			} catch (error) {
				const isRefused = isRefusal(error);
				if (!isRefused && !(error instanceof InvalidInputError)) throw error;
				const what = `Could not look after the connection at Twilio: ${reasonWithFix(error)}`;
				logWarning(context, 'reconnect', what);
				return isRefused ? now + REFUSED_AGAIN_MS : undefined;
			}
		},
	};
}

/** Whether Twilio refused for a reason that somebody has to mend, such as a wrong key. */
export function isRefusal(error: unknown): error is TwilioApiError {
	return error instanceof TwilioApiError && !error.mayPass;
}
