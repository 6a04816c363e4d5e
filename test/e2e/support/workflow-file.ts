import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INode, INodeParameters } from 'n8n-workflow';
import { ROOT } from '../../../scripts/paths';
import type { WorkflowDefinition } from '../../../harness/n8n-client';
import type { StoredCredential } from '../../../harness/workflow-nodes';

const FOLDER = join(ROOT, 'workflows');
const BUILT_IN_FOLDER = join(ROOT, 'test/fixtures/built-in');

/** The names of all workflows that a builder can import, without `.json`. */
export const WORKFLOW_NAMES = namesIn(FOLDER);
/** Those of which there is one that does the same with n8n's own nodes, for comparison. */
export const BUILT_IN_NAMES = namesIn(BUILT_IN_FOLDER);

function namesIn(folder: string): readonly string[] {
	return readdirSync(folder)
		.filter((file) => file.endsWith('.json'))
		.map((file) => file.slice(0, -'.json'.length));
}

/** A file of `workflows/`, as the builder gets it. */
export function workflowFile(name: string): WorkflowDefinition {
	return read(join(FOLDER, `${name}.json`));
}

/** The same job done with n8n's own nodes. */
export function builtInFile(name: string): WorkflowDefinition {
	return read(join(BUILT_IN_FOLDER, `${name}.json`));
}

function read(path: string): WorkflowDefinition {
	return JSON.parse(readFileSync(path, 'utf8')) as WorkflowDefinition;
}

/** What the workflow's page tells the builder to change: fields, by the name of their node. */
export type Changes = Readonly<Record<string, INodeParameters>>;

/** The workflow with credentials chosen, by type, and with the changes made. */
export function setUp(
	{ nodes, ...rest }: WorkflowDefinition,
	credentials: Readonly<Record<string, StoredCredential>>,
	changes: Changes = {},
): WorkflowDefinition {
	const absent = Object.keys(changes).filter((name) => !nodes.some((node) => node.name === name));
	if (absent.length > 0) throw new Error(`No such node: ${absent.join(', ')}`);
	const ready = nodes.map((node) => ({
		...withCredentials(node, credentials),
		parameters: { ...node.parameters, ...changes[node.name] },
	}));
	return { ...rest, nodes: ready };
}

function withCredentials(node: INode, stored: Readonly<Record<string, StoredCredential>>): INode {
	if (!node.credentials) return node;
	const chosen = Object.keys(node.credentials).map((type) => {
		const credential = stored[type];
		if (!credential) throw new Error(`${node.name} needs a credential of type ${type}`);
		return [type, credential] as const;
	});
	return { ...node, credentials: Object.fromEntries(chosen) };
}
