const MAX_LENGTH = 20;

/** "Front Desk" -> "front-desk". Empty where the name has no Latin letter and no digit. */
export function agentIdFromName(name: string): string {
	return name
		.normalize('NFKD')
		.replace(/\p{Mark}/gu, '')
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, '-')
		.replace(/^-+/, '')
		.slice(0, MAX_LENGTH)
		.replace(/-+$/, '');
}
