import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ROOT } from '../scripts/paths';

/**
 * The n8n that a run drives: the one pinned in `host/`, or that of the folder which TEST_N8N_FOLDER
 * names. The only place that knows how versions differ: 1.123, 2.0 and 2.41 have been tried.
 */
const FOLDER = resolve(ROOT, process.env['TEST_N8N_FOLDER'] || 'host');
const PACKAGE = packageOfN8n('n8n');

export const N8N_BIN = join(PACKAGE, 'bin/n8n');

/** What runs it: the Node of the tests, or the program that TEST_N8N_NODE names. */
export const N8N_NODE = process.env['TEST_N8N_NODE'] || process.execPath;

/** `2.41.1` */
export function n8nVersion(): string {
	const manifest = readFileSync(join(PACKAGE, 'package.json'), 'utf8');
	return (JSON.parse(manifest) as { version: string }).version;
}

/**
 * Whether this n8n is below 2.40. There publishing is done when n8n answers, and no list says how
 * publications went; a credential is tested once it is stored; the editor hands over the whole
 * workflow to run; and the public API gives a trigger no address, and asks for fields of a
 * credential that the editor shows only after another choice.
 */
export function isOlderN8n(): boolean {
	const [major = 0, minor = 0] = n8nVersion().split('.').map(Number);
	return major < 2 || (major === 2 && minor < 40);
}

/** Where a package is that was installed with this n8n. */
export function packageOfN8n(name: string): string {
	return join(FOLDER, 'node_modules', name);
}

/** Those that this n8n has: it does not start when told to leave out a part that it never had. */
export function modulesOfN8n(names: string[]): string[] {
	return names.filter((name) => existsSync(join(PACKAGE, 'dist/modules', name)));
}
