import { runWorkflow, nodeOf, type WorkflowRun } from './run-node';
import type {
	IDataObject,
	INode,
	INodeExecutionData,
	INodeParameters,
	INodeType,
	WorkflowExecuteMode,
} from 'n8n-workflow';
import { OpenAiCompatibleApi } from '../../../credentials/OpenAiCompatibleApi.credentials';
import { TwilioMessagingApi } from '../../../credentials/TwilioMessagingApi.credentials';
import type { SendSmsBench } from './send-sms-bench';

/** A node of n8n's own between ours: what it makes of its items. */
export type Between = (items: INodeExecutionData[]) => INodeExecutionData[];

/** Adds fields, and says which item each came from, as Edit Fields and Merge do. */
export const adding =
	(fields: IDataObject): Between =>
	(items) =>
		items.map(({ json }, item) => ({ json: { ...json, ...fields }, pairedItem: { item } }));

/**
 * As a Code node that makes items of its own: three out of two, so that n8n cannot tell which one
 * each came from. Where it gets one, or gives one, or as many as it got, n8n guesses.
 */
export const unpaired =
	(fields: IDataObject): Between =>
	([first]) =>
		[1, 2, 3].map(() => ({ json: { ...first?.json, ...fields } }));

/** One node of ours after another. */
export interface Step {
	node: INodeType;
	/** Default: the display name. */
	name?: string;
	parameters?: INodeParameters;
	settings?: Partial<INode>;
}

let executions = 0;

/** Runs nodes in a row, the first of which passes its items through as a trigger does. */
export async function runInARow(
	bench: SendSmsBench,
	items: IDataObject[],
	steps: Array<Step | Between>,
	more: { workflowId: string; mode?: WorkflowExecuteMode },
): Promise<WorkflowRun & { last: IDataObject[] }> {
	const host = {
		credentials: bench.credentials,
		credentialTypes: [new TwilioMessagingApi(), new OpenAiCompatibleApi()],
		executionId: String(++executions),
	};
	const types: Record<string, INodeType> = {};
	const nodes = steps.map((step, index): INode => {
		const setup = typeof step === 'function' ? { node: nodeBetween(step, index) } : step;
		const node = { ...nodeOf({ ...host, ...setup }), id: `node-${index}` };
		types[node.type] = setup.node;
		return node;
	});
	const names = nodes.map(({ name }) => name);
	const connections = Object.fromEntries(
		names.slice(0, -1).map((name, index) => {
			const next = names[index + 1] ?? '';
			return [name, { main: [[{ node: next, type: 'main' as const, index: 0 }]] }];
		}),
	);
	const start = names[0] ?? '';
	const run = await runWorkflow({ ...host, ...more, nodes, types, connections, start, items });
	return { ...run, last: run.itemsOf(names.at(-1) ?? '').map(({ json }) => json) };
}

/** A node of n8n's own. */
export function nodeOfN8n(name: string): INodeType {
	return {
		description: {
			displayName: name,
			name,
			group: ['transform'],
			version: 1,
			description: name,
			defaults: { name },
			inputs: ['main'],
			outputs: ['main'],
			properties: [],
		},
	};
}

function nodeBetween(change: Between, index: number): INodeType {
	return {
		...nodeOfN8n(`between${index}`),
		async execute() {
			return [change(this.getInputData())];
		},
	};
}

/** n8n's node that a sub-workflow begins with; what calls it is elsewhere. */
export const calledByAnother: INodeType = {
	description: {
		displayName: 'When Executed by Another Workflow',
		name: 'executeWorkflowTrigger',
		group: ['trigger'],
		version: 1,
		description: 'The start of a sub-workflow',
		defaults: { name: 'When Executed by Another Workflow' },
		inputs: [],
		outputs: ['main'],
		properties: [],
	},
	async execute() {
		return [this.getInputData()];
	},
};
