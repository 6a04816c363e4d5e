import { readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { INode, INodeParameters } from 'n8n-workflow';
import { sizeOfWorkflow } from '../../../scripts/docs/workflow-size';
import { ROOT } from '../../../scripts/paths';
import {
	BUILT_IN_NAMES,
	builtInFile,
	WORKFLOW_NAMES,
	workflowFile,
} from '../../e2e/support/workflow-file';

const OURS = 'n8n-nodes-sms-agent.';

const node = (parameters: INodeParameters, type = 'n8n-nodes-base.set'): INode => ({
	id: 'id',
	name: 'Node',
	type,
	typeVersion: 1,
	position: [0, 0],
	parameters,
});

describe('the size of a workflow', () => {
	it('is its nodes, without notes', () => {
		const nodes = [node({}), node({ content: '={{ 1 }}' }, 'n8n-nodes-base.stickyNote')];
		expect(sizeOfWorkflow({ nodes })).toEqual({ nodes: 1, expressions: 0, codeLines: 0 });
	});

	it('is every expression, however deep, that n8n would evaluate', () => {
		const nodes = [node({ a: '={{ 1 }} and {{ 2 }}', b: { c: ['={{ 3 }}', '{{ plain }}'] } })];
		expect(sizeOfWorkflow({ nodes }).expressions).toBe(3);
	});

	it('is the lines of its code', () => {
		const nodes = [node({ jsCode: 'const one = 1;\n\nreturn [];\n' })];
		expect(sizeOfWorkflow({ nodes }).codeLines).toBe(2);
	});
});

describe('the documentation of the workflows', () => {
	const index = readFileSync(join(ROOT, 'docs/workflows.md'), 'utf8');
	const row = (name: string, definition: { nodes: INode[] }) => {
		const { nodes, expressions, codeLines } = sizeOfWorkflow(definition);
		return `| ${name} | ${nodes} | ${expressions} | ${codeLines} |`;
	};

	it('tells the size of each', () => {
		const told = index.split('\n').filter((line) => /^\| [a-z].* \d+ \|$/.test(line));
		const counted = [
			...WORKFLOW_NAMES.map((name) => row(name, workflowFile(name))),
			...BUILT_IN_NAMES.map((name) => row(`${name}, of n8n's own nodes`, builtInFile(name))),
		];
		expect(told.toSorted()).toEqual(counted.toSorted());
	});

	it.each(WORKFLOW_NAMES)('has a page and a picture of %s', (name) => {
		expect(index).toContain(`workflows/${name}.md`);
		const page = readFileSync(join(ROOT, `docs/workflows/${name}.md`), 'utf8');
		expect(page).toContain(`../images/workflows/${name}.webp`);
		expect(page).toContain(`../../workflows/${name}.json`);
		expect(existsSync(join(ROOT, `docs/images/workflows/${name}.webp`))).toBe(true);
		expect(page).toContain('## What to change');
		expect(page).toContain('## What it costs');
	});
});

describe('a workflow to import', () => {
	it.each(WORKFLOW_NAMES)(
		'%s has no Code node, and an address only where n8n needs one',
		(name) => {
			const { nodes } = workflowFile(name);
			expect(nodes.map(({ type }) => type)).not.toContain('n8n-nodes-base.code');
			// n8n gives each import an address of its own: with one in the file, a second import could
			// not be published beside the first.
			const ours = nodes.filter(({ type }) => type.startsWith(OURS));
			expect(ours.filter(({ webhookId }) => webhookId)).toEqual([]);
			const others = WORKFLOW_NAMES.filter((other) => other !== name);
			const taken = others.flatMap((other) =>
				workflowFile(other).nodes.flatMap(({ webhookId }) => webhookId ?? []),
			);
			expect(nodes.filter(({ webhookId }) => webhookId && taken.includes(webhookId))).toEqual(
				[],
			);
		},
	);

	it.each(BUILT_IN_NAMES)("%s of n8n's own nodes has none of ours", (name) => {
		const { nodes } = builtInFile(name);
		expect(nodes.filter(({ type }) => type.startsWith(OURS))).toEqual([]);
	});
});
