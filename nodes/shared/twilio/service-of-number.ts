import { listPool } from './services';
import type { TwilioClient } from './twilio-client';

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
