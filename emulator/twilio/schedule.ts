import { ApiError } from './api-error';
import { filled, type Form } from './form';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/**
 * The time a message is scheduled for, or null to send it now. Twilio's pages give 35114 and 35115
 * for the same window; here 35114 means too soon and 35115 too late or unreadable.
 */
export function scheduledFor(params: Form, now: Date): Date | null {
	if (filled(params, 'ScheduleType') === undefined) return null;
	if (filled(params, 'MessagingServiceSid') === undefined) throw new ApiError(35118);
	const sendAt = filled(params, 'SendAt');
	if (sendAt === undefined) throw new ApiError(35111);
	if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/.test(sendAt)) {
		throw new ApiError(35115);
	}
	const time = new Date(sendAt);
	const ahead = time.getTime() - now.getTime();
	if (Number.isNaN(ahead) || ahead > 35 * DAY) throw new ApiError(35115);
	if (ahead < 5 * MINUTE) throw new ApiError(35114);
	return time;
}
