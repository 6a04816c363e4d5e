import { randomBytes } from 'node:crypto';

export type SidPrefix =
	'AC' | 'AP' | 'CA' | 'DF' | 'DG' | 'ME' | 'MG' | 'MM' | 'PN' | 'QE' | 'RE' | 'RQ' | 'SC' | 'SM';

export function newSid(prefix: SidPrefix): string {
	return prefix + randomBytes(16).toString('hex');
}

export function isSid(text: string, ...prefixes: SidPrefix[]): boolean {
	return prefixes.some((prefix) => new RegExp(`^${prefix}[0-9a-fA-F]{32}$`).test(text));
}
