import type { INode } from 'n8n-workflow';
import type { N8nClient } from '../../harness/n8n-client';
import type { DemoServices } from './services';

/** Ids of credentials, by type and the name that a workflow gives them. */
export type StoredIds = ReadonlyMap<string, string>;

const keyOf = (type: string, name: string) => `${type} ${name}`;

/** Creates or renews every credential that the nodes name. */
export async function storeCredentials(
	client: N8nClient,
	services: DemoServices,
	nodes: INode[],
): Promise<StoredIds> {
	const stored = await client.credentials();
	const ids = new Map<string, string>();
	for (const { credentials } of nodes) {
		for (const [type, { name }] of Object.entries(credentials ?? {})) {
			const key = keyOf(type, name);
			if (ids.has(key)) continue;
			const data = services.credentials[type];
			if (!data) throw new Error(`The demo has no credential of type ${type}`);
			const found = stored.find((each) => each.type === type && each.name === name);
			if (found) await client.updateCredential(found.id, { name, type, data });
			ids.set(key, found?.id ?? (await client.createCredential({ name, type, data })));
		}
	}
	return ids;
}

export function withCredentials(node: INode, ids: StoredIds): INode {
	if (!node.credentials) return node;
	const credentials = Object.entries(node.credentials).map(([type, { name }]) => [
		type,
		{ id: ids.get(keyOf(type, name)) ?? null, name },
	]);
	return {
		...node,
		credentials: Object.fromEntries(credentials) as INode['credentials'] & object,
	};
}
