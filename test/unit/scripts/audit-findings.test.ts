import { describe, expect, it } from '@jest/globals';
import { findingsIn } from '../../../scripts/release/audit-findings';

const found = (name: string, severity: string, ...nodes: string[]) => ({
	[name]: { name, severity, nodes, via: [{ title: 'It leaks', url: 'https://example.com/1' }] },
});
const report = JSON.stringify({
	vulnerabilities: {
		...found('pg', 'high', 'node_modules/pg'),
		...found('zod', 'moderate', 'node_modules/zod'),
		...found('jest', 'critical', 'node_modules/jest'),
		// Installed twice; the other copy is bundled.
		...found('xtend', 'critical', 'node_modules/jest/node_modules/xtend'),
	},
});
const bundled = ['pg', 'zod', 'xtend'].map((name) => ({ folder: `node_modules/${name}` }));

describe('an audit of what is bundled', () => {
	it('fails for what is grave and inside, and shows the rest that is', () => {
		expect(findingsIn(report, bundled)).toEqual({
			grave: ['high: pg (It leaks, https://example.com/1)'],
			others: ['moderate: zod (It leaks, https://example.com/1)'],
		});
	});

	it.each(['', '{"message":"The registry has no audit"}'])(
		'is none where npm gave no report: %j',
		(answer) => {
			expect(() => findingsIn(answer, bundled)).toThrow('npm audit gave no report');
		},
	);
});
