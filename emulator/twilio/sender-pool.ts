import { ApiError } from './api-error';
import type { NumberRecord, ServiceRecord } from './records';
import type { TwilioState } from './state';

/**
 * The number a Service sends from: the one it used for this contact before, or else the pool's
 * members in turn. Throws 21704 for an empty pool and 21703 when no member can send.
 */
export function chooseSender(
	state: TwilioState,
	service: ServiceRecord,
	contact: string,
	needsMms: boolean,
): NumberRecord {
	const pool = state.pool(service);
	if (pool.length === 0) throw new ApiError(21704);
	const able = pool.filter(({ capabilities }) =>
		needsMms ? capabilities.mms : capabilities.sms,
	);
	const key = `${service.sid}|${contact}`;
	const sticky = service.stickySender
		? able.find(({ phoneNumber }) => phoneNumber === state.stickySenders.get(key))
		: undefined;
	const turn = [...state.stickySenders.keys()].filter((other) => other.startsWith(service.sid));
	const chosen = sticky ?? able[turn.length % Math.max(able.length, 1)];
	if (!chosen) throw new ApiError(21703);
	state.stickySenders.set(key, chosen.phoneNumber);
	return chosen;
}
