import { tryToParseDateTime } from 'n8n-workflow';
import { InvalidInputError } from '../../messaging/invalid-input-error';

/**
 * A moment as a field or an expression gives it: ISO 8601, a Luxon or JavaScript date. Without a
 * time zone of its own it is read in `timeZone`. Undefined when empty. Throws InvalidInputError.
 */
export function parseDateTime(value: unknown, timeZone: string, field: string): Date | undefined {
	if (value === undefined || value === null || value === '') return undefined;
	try {
		return tryToParseDateTime(value, timeZone).toJSDate();
	} catch {
		throw new InvalidInputError({
			field,
			cause: `${JSON.stringify(value)} is not a date and time`,
			fix: 'Choose one in the calendar, or give one like 2026-01-31T09:00.',
		});
	}
}
