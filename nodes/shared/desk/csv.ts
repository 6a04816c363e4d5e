/** What a table's cell may hold; nothing stands empty. */
export type Cell = string | number | null | undefined;

/** A table as a file of comma-separated values (RFC 4180), that a spreadsheet opens without running any of it. */
export function csvOf(head: readonly string[], rows: ReadonlyArray<readonly Cell[]>): string {
	return [head, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** Spreadsheets take what begins so for a formula, and a contact decides what a text begins with. */
const BEGINS_FORMULA = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;
/** A phone number computes nothing, and has to stay one. */
const NUMBER = /^[+-]?\d+(?:\.\d+)?$/;

function cell(value: Cell): string {
	const text = value === null || value === undefined ? '' : String(value);
	const harmless = BEGINS_FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
	return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
