import type { MessageRecord } from './records';
import type { TwilioState } from './state';

/** Rejects with a list of what there was instead, so that a failing test explains itself. */
export function waitForMessage(
	state: TwilioState,
	predicate: (message: MessageRecord) => boolean,
	timeoutMs = 60_000,
): Promise<MessageRecord> {
	return new Promise((resolve, reject) => {
		const present = state.messages.find(predicate);
		if (present) return resolve(present);
		const onMessage = (message: MessageRecord): void => {
			if (!predicate(message)) return;
			stop();
			resolve(message);
		};
		const timer = setTimeout(() => {
			stop();
			const seen = state.messages.map(
				({ direction, from, to, status, body }) =>
					`  ${direction} ${from ?? '?'} -> ${to} ${status}: ${body.slice(0, 80)}`,
			);
			reject(
				new Error(
					`No such message within ${timeoutMs} ms. There were:\n${seen.join('\n')}`,
				),
			);
		}, timeoutMs);
		const stop = (): void => {
			clearTimeout(timer);
			state.off('message', onMessage);
		};
		state.on('message', onMessage);
	});
}
