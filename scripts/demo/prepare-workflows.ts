import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INode } from 'n8n-workflow';
import type { N8nClient, StoredWorkflow, WorkflowDefinition } from '../../harness/n8n-client';
import { ROOT } from '../paths';
import type { DemoServices } from './services';
import type { DemoSettings } from './settings';
import { offerTimes } from './offer-times';
import { storeCredentials, withCredentials, type StoredIds } from './store-credentials';

const FOLDER = join(ROOT, 'workflows');
/** The one that answers the texts to the Messaging Service. */
const TEXTS = 'two-way-ai-agent';
/** Those that have a number of their own at the emulator; the others want the builder's choices. */
const WITH_NUMBER = {
	calls: 'missed-call-text-back',
	appointments: 'appointment-booking',
} as const;
type Kind = keyof typeof WITH_NUMBER;

/** The Send SMS for texts that need a person. */
const TELL_OWNER = 'Tell the owner';

export interface PreparedWorkflows {
	/** Of those that are switched on; beside texts only where the demo has numbers for them. */
	active: { texts: string } & Partial<Record<Kind, string>>;
	/** How many others are there to be opened. */
	others: number;
}

interface WorkflowFile {
	name: string;
	definition: WorkflowDefinition;
	/** Changes with the file and the model. */
	digest: string;
}

/** What n8n has before the import. */
interface Stored {
	ids: StoredIds;
	workflows: StoredWorkflow[];
}

/**
 * Creates or renews the credentials, imports all workflows with them, and switches on those that
 * have a number of their own. Done
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
	const stored = { ids, workflows: await client.workflows() };
	const imported = new Map<string, string>();
	for (const file of files) {
		imported.set(file.name, await importWorkflow(client, services, settings, file, stored));
	}
	const idOf = (name: string): string => {
		const id = imported.get(name);
		if (id === undefined) throw new Error(`There is no workflow ${name}`);
		return id;
	};
	const active = {
		texts: idOf(TEXTS),
		...(services.numbers && {
			calls: idOf(WITH_NUMBER.calls),
			appointments: idOf(WITH_NUMBER.appointments),
		}),
	};
	if (services.numbers) await offerTimes(client);
	const switchedOn = Object.values(active);
	for (const id of switchedOn) await switchOn(client, id);
	return { active, others: files.length - switchedOn.length };
}

/** n8n registers nothing when it starts, and its port or the emulator's may be another this time. */
async function switchOn(client: N8nClient, id: string): Promise<void> {
	if ((await client.workflow(id)).active) await client.deactivate(id);
	await client.activate(id);
}

function workflowFiles({ model, numbers, ownerPhone }: DemoServices): WorkflowFile[] {
	return readdirSync(FOLDER)
		.filter((file) => file.endsWith('.json'))
		.map((file) => {
			const text = readFileSync(join(FOLDER, file), 'utf8');
			const name = file.slice(0, -'.json'.length);
			const digest = createHash('sha256')
				.update(text)
				.update(model ?? '')
				.update(numberOf(name, numbers) ?? '')
				.update(ownerPhone ?? '')
				.digest('hex');
			const definition = JSON.parse(text) as WorkflowDefinition;
			return { name, definition, digest };
		});
}

async function importWorkflow(
	client: N8nClient,
	services: DemoServices,
	settings: DemoSettings,
	{ name, definition, digest }: WorkflowFile,
	{ ids, workflows }: Stored,
): Promise<string> {
	const nodes = definition.nodes
		.map((node) => withModel(withCredentials(node, ids), services))
		.map((node) => withOwner(node, services))
		.map((node) => withNumber(node, numberOf(name, services.numbers), services));
	const ready = { ...definition, nodes };
	const before = settings.workflows?.[name];
	const present = workflows.find(
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

/** Of a text that needs a person, the emulator's owner is told. With the real Twilio the builder fills that in. */
function withOwner(node: INode, { ownerPhone }: DemoServices): INode {
	if (!ownerPhone || node.name !== TELL_OWNER) return node;
	return { ...node, parameters: { ...node.parameters, to: ownerPhone } };
}

/** The number that a workflow has to itself. */
function numberOf(workflow: string, numbers: DemoServices['numbers']): string | undefined {
	const kinds = Object.keys(WITH_NUMBER) as Kind[];
	const kind = kinds.find((each) => WITH_NUMBER[each] === workflow);
	return kind && numbers?.[kind];
}

/** Calls and texts of that number; calls ring the owner's phone. */
function withNumber(
	node: INode,
	number: string | undefined,
	{ ownerPhone = '' }: DemoServices,
): INode {
	if (number === undefined || !('receiveOn' in node.parameters)) return node;
	const own = { receiveOn: 'phoneNumbers', phoneNumbers: [number] };
	const phones = 'phones' in node.parameters ? { phones: ownerPhone } : {};
	return { ...node, parameters: { ...node.parameters, ...own, ...phones } };
}
