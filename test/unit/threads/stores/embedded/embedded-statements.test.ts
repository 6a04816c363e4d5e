import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const FOLDER = join(__dirname, '../../../../../nodes/shared/threads/stores/embedded');

describe('the statements of the embedded database', () => {
	it('number no parameters: Node.js before 22.20 and 24.7 does not bind those by position', () => {
		for (const file of readdirSync(FOLDER)) {
			const code = readFileSync(join(FOLDER, file), 'utf8').replace(/\/\*\*.*?\*\//gs, '');
			expect(code).not.toMatch(/\?\d/);
		}
	});
});
