import { describe, expect, it } from '@jest/globals';
import type { NodeTypeAndVersion } from 'n8n-workflow';
import { waitHints } from '../../../../nodes/shared/n8n/stores/wait-hint';

const WAIT = { name: 'A pause', type: 'n8n-nodes-base.wait', typeVersion: 1.1, disabled: false };

const hintsBeside = (
	node: Partial<NodeTypeAndVersion>,
	kind = 'staticData' as 'staticData' | 'redis',
) =>
	waitHints(
		{
			getNode: () => ({ name: 'Node' }) as never,
			getParentNodes: () => [],
			getChildNodes: () => [{ ...WAIT, ...node }],
		},
		{ kind },
	);

describe('a run that keeps conversations in This Workflow', () => {
	it.each([
		{ resume: 'timeInterval', amount: 65, unit: 'seconds' },
		{ resume: 'timeInterval', amount: 2, unit: 'minutes' },
		{ resume: 'timeInterval', amount: 1, unit: 'days' },
		{ resume: 'timeInterval', amount: '={{ $json.pause }}', unit: 'seconds' },
		{ resume: 'specificTime' },
		{ resume: 'webhook', limitWaitTime: true },
	])('is warned of a Wait of %j, whatever its name', (parameters) => {
		expect(hintsBeside({ parameters })).toMatchObject([{ type: 'warning' }]);
	});

	it.each([
		{ resume: 'timeInterval', amount: 64, unit: 'seconds' },
		{ resume: 'timeInterval', amount: 1, unit: 'minutes' },
		{ resume: 'webhook', limitWaitTime: false },
	])('is not warned of %j, which n8n waits for with the data in hand', (parameters) => {
		expect(hintsBeside({ parameters })).toEqual([]);
	});

	it('is not warned of a Wait that is deactivated, or of other nodes', () => {
		expect(hintsBeside({ disabled: true })).toEqual([]);
		expect(hintsBeside({ type: 'n8n-nodes-base.noOp' })).toEqual([]);
	});
});

it('does not warn where conversations are kept elsewhere', () => {
	expect(hintsBeside({ parameters: { resume: 'specificTime' } }, 'redis')).toEqual([]);
});
