// `node --import ./scripts/typescript.mjs file.ts`: runs TypeScript, and gives .lua and .sql files as
// text, as the bundler and Jest do.
import 'tsx';
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

registerHooks({
	load(url, context, nextLoad) {
		const [path] = url.split('?');
		if (!/\.(lua|sql)$/.test(path)) return nextLoad(url, context);
		const text = readFileSync(fileURLToPath(path), 'utf8');
		return {
			format: 'commonjs',
			source: `module.exports = ${JSON.stringify(text)};`,
			shortCircuit: true,
		};
	},
});
