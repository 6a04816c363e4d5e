/** What an error says, for a sentence of ours; whatever was thrown. */
export function reasonOf(error: unknown): string {
	return error instanceof Error ? error.message : 'unknown error';
}
