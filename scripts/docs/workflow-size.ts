import type { INode } from 'n8n-workflow';

/** What somebody who builds a workflow has to put together. */
export interface WorkflowSize {
	/** Sub-nodes included, sticky notes not. */
	nodes: number;
	/** Each `{{ ... }}` that n8n evaluates. */
	expressions: number;
	/** Lines in Code nodes that are not empty. */
	codeLines: number;
}

const NOTE = 'n8n-nodes-base.stickyNote';
const CODE_FIELDS = ['jsCode', 'pythonCode', 'functionCode'];

export function sizeOfWorkflow({ nodes }: { nodes: INode[] }): WorkflowSize {
	const counted = nodes.filter(({ type }) => type !== NOTE);
	const fields = counted.flatMap(({ parameters }) => textsIn(parameters));
	return {
		nodes: counted.length,
		expressions: sum(fields.map(({ text }) => expressionsIn(text))),
		codeLines: sum(
			fields
				.filter(({ name }) => CODE_FIELDS.includes(name))
				.map(({ text }) => text.split('\n').filter((line) => line.trim() !== '').length),
		),
	};
}

/** n8n evaluates only what begins with an equals sign. */
function expressionsIn(text: string): number {
	return text.startsWith('=') ? text.split('{{').length - 1 : 0;
}

interface Field {
	name: string;
	text: string;
}

/** Every text in the parameters, however deep, with the name of its field. */
function textsIn(value: unknown, name = ''): Field[] {
	if (typeof value === 'string') return [{ name, text: value }];
	if (typeof value !== 'object' || value === null) return [];
	return Object.entries(value).flatMap(([key, inner]) => textsIn(inner, key));
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
