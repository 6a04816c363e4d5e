import type { Clock } from '../messaging/clock';
import { REMEMBERED_SIDS, type Thread } from '../threads/thread-store';
import { REPLAYED_AFTER_MS } from '../threads/timing';

/**
 * Whether a text came to Twilio long ago, and somebody who has seen its request sends it again: the
 * signature bears no time. Twilio is asked only where the thread may have forgotten the SID: where it
 * holds nothing, and where it has dropped more than it remembers. A text that Twilio cannot be asked
 * about is one of now.
 *
 * @param before the thread, before the text is written down.
 * @param cameAt when the text came to Twilio, milliseconds since 1970.
 */
export async function isReplayed(
	{ keptMessages, droppedMessages }: Thread,
	clock: Clock,
	cameAt: () => Promise<number | undefined>,
): Promise<boolean> {
	if (keptMessages > 0 && droppedMessages <= REMEMBERED_SIDS) return false;
	const at = await cameAt().catch(() => undefined);
	return at !== undefined && clock.now() - at > REPLAYED_AFTER_MS;
}
