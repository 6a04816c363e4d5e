import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../paths';
import { nodePages } from './node-pages';

// Brings the tables in docs/nodes up to date with the fields of the nodes: `npm run docs:nodes`.

async function writeNodePages(): Promise<void> {
	for (const { path, text, filled } of await nodePages()) {
		if (filled === text) continue;
		writeFileSync(join(ROOT, path), filled);
		console.log(`Wrote ${path}`);
	}
}

writeNodePages().catch((error: unknown) => {
	console.error(error);
	process.exitCode = 1;
});
