import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INode } from 'n8n-workflow';
import type { N8nClient, WorkflowDefinition } from '../../test/e2e/support/n8n-client';
import { ROOT } from '../paths';
import type { DemoServices } from './services';
import type { DemoSettings } from './settings';

const WORKFLOW_FILE = join(ROOT, 'workflows/two-way-ai-agent.json');

/**
 * Creates or renews the credentials, imports the workflow with them, and switches it on. Done
 * again, it changes nothing but the credentials, unless the file or the model has changed: what
 * the builder has made of the workflow stays. Returns the workflow's id.
 */
export async function prepareWorkflow(
	client: N8nClient,
	services: DemoServices,
	settings: DemoSettings,
): Promise<string> {
	const text = readFileSync(WORKFLOW_FILE, 'utf8');
	const definition = JSON.parse(text) as WorkflowDefinition;
	const importedFrom = createHash('sha256')
		.update(text)
		.update(services.model ?? '')
		.digest('hex');
	const credentials = await storeCredentials(client, services, definition);
	const nodes = definition.nodes.map((node) => withModel(withIds(node, credentials), services));
	const ready = { ...definition, nodes };

	const present = (await client.workflows()).find(
		({ id, name }) => id === settings.workflow?.id || name === definition.name,
	);
	const unchanged = present !== undefined && settings.workflow?.importedFrom === importedFrom;
	if (present && !unchanged) await client.updateWorkflow(present.id, ready);
	const { id } = present ?? (await client.createWorkflow(ready));
	settings.workflow = { id, importedFrom };

	// n8n registers nothing when it starts, and the stand-in forgets when it ends.
	if (present?.active) await client.deactivate(id);
	await client.activate(id);
	return id;
}

/** Ids by credential type. Names are those that the workflow file gives. */
async function storeCredentials(
	client: N8nClient,
	services: DemoServices,
	{ nodes }: WorkflowDefinition,
): Promise<Map<string, string>> {
	const stored = await client.credentials();
	const ids = new Map<string, string>();
	for (const [type, data] of Object.entries(services.credentials)) {
		const name =
			nodes.map(({ credentials }) => credentials?.[type]?.name).find(Boolean) ?? type;
		const found = stored.find((each) => each.type === type && each.name === name);
		if (found) await client.updateCredential(found.id, { name, type, data });
		ids.set(type, found?.id ?? (await client.createCredential({ name, type, data })));
	}
	return ids;
}

function withIds(node: INode, ids: Map<string, string>): INode {
	const credentials = Object.entries(node.credentials ?? {}).map(([type, { name }]) => [
		type,
		{ id: ids.get(type) ?? null, name },
	]);
	return {
		...node,
		credentials: Object.fromEntries(credentials) as INode['credentials'] & object,
	};
}

function withModel(node: INode, { model }: DemoServices): INode {
	if (!model || !('model' in node.parameters)) return node;
	return {
		...node,
		parameters: { ...node.parameters, model: { __rl: true, mode: 'id', value: model } },
	};
}
