/** Dates of the 2010-04-01 API, e.g. `Thu, 30 Jul 2015 20:12:31 +0000`. */
export function rfc2822(date: Date): string {
	return date.toUTCString().replace('GMT', '+0000');
}

/** Dates of messaging v1: seconds, no fraction. */
export function iso8601(date: Date): string {
	return date.toISOString().replace(/\.\d{3}Z$/, 'Z');
}
