import type { IDataObject } from 'n8n-workflow';

/** As after a restart of n8n: what the package keeps with the process is empty. */
export function restartProcess(): void {
	const kept = globalThis as unknown as Record<symbol, object>;
	for (const key of Object.getOwnPropertySymbols(kept)) {
		if (key.description?.startsWith('n8n-nodes-sms-agent/')) empty(kept[key] ?? {});
	}
}

function empty(thing: object): void {
	if (thing instanceof Map || thing instanceof Set) thing.clear();
	else if (Array.isArray(thing)) thing.length = 0;
	else Object.values(thing).forEach(empty);
}

/** What n8n's database has of it. */
export function saved(staticData: IDataObject): IDataObject {
	return JSON.parse(JSON.stringify(staticData)) as IDataObject;
}
