import { afterAll, beforeAll, describe } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOGS } from '../../../harness/run';
import type { N8nMode } from '../../faults/support/faulted-n8n';
import { errorPaths } from '../error-paths';
import { forgedRequests } from '../forged-requests';
import { heavyRequests } from '../heavy-bodies';
import { hostileWords } from '../hostile-words';
import { openAttackFixture, type AttackFixture } from './attack-fixture';

/** One n8n stands all attacks, one class after the other, and the counts are printed at the end. */
export function attackSuite(mode: N8nMode): void {
	describe(`an n8n in ${mode} mode under attack`, () => {
		let fixture: AttackFixture;

		beforeAll(async () => {
			fixture = await openAttackFixture(mode);
		});
		afterAll(async () => {
			if (!fixture) return;
			fixture.score.print();
			mkdirSync(LOGS, { recursive: true });
			writeFileSync(join(LOGS, `attack-${mode}.log`), fixture.n8n.logs());
			await fixture.close();
		});

		forgedRequests(() => fixture);
		hostileWords(() => fixture);
		// Of these, queue mode runs the same code.
		if (mode === 'regular') {
			heavyRequests(() => fixture);
			errorPaths(() => fixture);
		}
	});
}
