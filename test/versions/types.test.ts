import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { isOlderN8n, n8nVersion, packageOfN8n } from '../../harness/n8n-under-test';
import { ROOT } from '../../scripts/paths';

/** What an older n8n lacks and the nodes do without there. */
const REPLACED = [
	"Property 'getWebhookResourceUrl' does not exist", // called-url.ts
	"Property 'preservedSourceOverwrite' does not exist", // trigger-item.ts: has another way too
];

/** What the compiler says about the nodes, where `n8n-workflow` is that of this n8n. */
function complaints(): string[] {
	const file = join(ROOT, 'tsconfig.json');
	const { config } = ts.readConfigFile(file, (path) => ts.sys.readFile(path)) as {
		config: object;
	};
	const include = ['nodes/**/*.ts', 'credentials/**/*.ts'];
	const { fileNames, options } = ts.parseJsonConfigFileContent(
		{ ...config, include },
		ts.sys,
		ROOT,
	);
	const paths = { 'n8n-workflow': [packageOfN8n('n8n-workflow')] };
	const program = ts.createProgram(fileNames, { ...options, paths });
	return ts
		.getPreEmitDiagnostics(program)
		.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

describe(`n8n ${n8nVersion()}`, () => {
	it('has all that the nodes call, or they have a replacement', () => {
		const replaced = isOlderN8n() ? REPLACED : [];
		expect(complaints().sort()).toEqual(
			replaced.map((known): unknown => expect.stringContaining(known)),
		);
	});
});
