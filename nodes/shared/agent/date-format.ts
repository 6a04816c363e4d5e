const made = new Map<string, Intl.DateTimeFormat>();

/** Making a format costs more than all else about a message, and every prompt needs some. */
export function dateFormat(
	locale: string,
	options: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
	const key = JSON.stringify([locale, options]);
	const before = made.get(key);
	if (before) return before;
	const format = new Intl.DateTimeFormat(locale, options);
	made.set(key, format);
	return format;
}
