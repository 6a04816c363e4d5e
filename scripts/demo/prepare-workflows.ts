import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INode } from 'n8n-workflow';
import type { N8nClient, WorkflowDefinition } from '../../test/e2e/support/n8n-client';
import { ROOT } from '../paths';
import type { DemoServices } from './services';
import type { DemoSettings } from './settings';
import { storeCredentials, withCredentials, type StoredIds } from './store-credentials';

const FOLDER = join(ROOT, 'workflows');
/** The one that answers the texts; the others want the same number or an address of the builder's. */
const ACTIVE = 'two-way-ai-agent';

export interface PreparedWorkflows {
	/** Of the one that is switched on. */
	activeId: string;
	/** How many others are there to be opened. */
	others: number;
}

interface WorkflowFile {
	name: string;
	definition: WorkflowDefinition;
	/** Changes with the file and the model. */
	digest: string;
}

/**
 * Creates or renews the credentials, imports all workflows with them, and switches one on. Done
 * again, it changes nothing but the credentials, unless a file or the model has changed: what the
 * builder has made of a workflow stays.
 */
export async function prepareWorkflows(
	client: N8nClient,
	services: DemoServices,
	settings: DemoSettings,
): Promise<PreparedWorkflows> {
	const files = workflowFiles(services);
	const ids = await storeCredentials(
		client,
		services,
		files.flatMap(({ definition }) => definition.nodes),
	);
	const imported = new Map<string, string>();
	for (const file of files) {
		imported.set(file.name, await importWorkflow(client, services, settings, file, ids));
	}
	const activeId = imported.get(ACTIVE);
	if (activeId === undefined) throw new Error(`There is no workflow ${ACTIVE}`);
	// n8n registers nothing when it starts, and the stand-in forgets when it ends.
	if ((await client.workflow(activeId)).active) await client.deactivate(activeId);
	await client.activate(activeId);
	return { activeId, others: files.length - 1 };
}

function workflowFiles({ model }: DemoServices): WorkflowFile[] {
	return readdirSync(FOLDER)
		.filter((file) => file.endsWith('.json'))
		.map((file) => {
			const text = readFileSync(join(FOLDER, file), 'utf8');
			const digest = createHash('sha256')
				.update(text)
				.update(model ?? '')
				.digest('hex');
			const definition = JSON.parse(text) as WorkflowDefinition;
			return { name: file.slice(0, -'.json'.length), definition, digest };
		});
}

async function importWorkflow(
	client: N8nClient,
	services: DemoServices,
	settings: DemoSettings,
	{ name, definition, digest }: WorkflowFile,
	ids: StoredIds,
): Promise<string> {
	const nodes = definition.nodes.map((node) => withModel(withCredentials(node, ids), services));
	const ready = { ...definition, nodes };
	const before = settings.workflows?.[name];
	const present = (await client.workflows()).find(
		(each) => each.id === before?.id || each.name === definition.name,
	);
	const unchanged = present !== undefined && before?.importedFrom === digest;
	if (present && !unchanged) await client.updateWorkflow(present.id, ready);
	const { id } = present ?? (await client.createWorkflow(ready));
	settings.workflows = { ...settings.workflows, [name]: { id, importedFrom: digest } };
	return id;
}

function withModel(node: INode, { model }: DemoServices): INode {
	if (!model || !('model' in node.parameters)) return node;
	return {
		...node,
		parameters: { ...node.parameters, model: { __rl: true, mode: 'id', value: model } },
	};
}
