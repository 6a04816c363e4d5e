import './private-n8n-folder';
import { ExecutionLifecycleHooks, WorkflowExecute } from 'n8n-core';
import {
	createRunExecutionData,
	Workflow,
	type IConnections,
	type IDataObject,
	type INode,
	type INodeExecutionData,
	type INodeParameters,
	type INodeType,
	type IRun,
	type ITaskData,
	type IWorkflowBase,
	type NodeConnectionType,
	type WorkflowExecuteMode,
} from 'n8n-workflow';
import { additionalDataOf, nodeTypesOf, typeNameOf, type HostStandIn } from './host-stand-in';

/** One node in a test workflow. */
export interface NodeSetup extends HostStandIn {
	node: INodeType;
	parameters?: INodeParameters;
	/** Shown in the editor; static data is kept under it. Defaults to the node's display name. */
	name?: string;
	/** Anything else that n8n stores with a node: `onError`, `retryOnFail`, `webhookId` ... */
	settings?: Partial<INode>;
	workflowId?: string;
	staticData?: IDataObject;
}

export interface RunNodeOptions extends NodeSetup {
	/** What arrives at the node. A bare object stands for an item with that `json`. */
	items?: Array<INodeExecutionData | IDataObject>;
	mode?: WorkflowExecuteMode;
	/** Objects that connected sub-nodes supply, such as a chat model under `ai_languageModel`. */
	connected?: Partial<Record<NodeConnectionType, unknown>>;
	/** Execution data of an earlier, failed run: what n8n hands on when somebody clicks Retry. */
	contextData?: ReturnType<typeof createRunExecutionData>['executionData'];
	/** What n8n gives an execution when it begins, the same in every retry; null as before n8n 2.20. */
	resumeToken?: string | null;
	/** Gets what stops the execution, as somebody does in the editor. */
	onStart?: (stop: () => void) => void;
}

export interface NodeRun {
	/** Items by output index; missing outputs are empty. */
	outputs: INodeExecutionData[][];
	/** Why the run failed; undefined when it did not. */
	error: Error | undefined;
	/** The workflow's static data as n8n would save it. */
	staticData: IDataObject;
	/** One entry per run of the node. */
	tasks: ITaskData[];
	run: IRun;
}

/** Runs one node's `execute()` through n8n's own engine, with real HTTP. */
export async function runNode(options: RunNodeOptions): Promise<NodeRun> {
	const node = nodeOf(options);
	const run = await runWorkflow({
		...options,
		nodes: [node],
		types: { [node.type]: options.node },
		start: node.name,
	});
	const tasks = run.tasksOf(node.name);
	return {
		outputs: (tasks.at(-1)?.data?.['main'] ?? []).map((items) => items ?? []),
		error: run.error,
		staticData: run.staticData,
		tasks,
		run: run.run,
	};
}

export interface RunWorkflowOptions extends HostStandIn {
	nodes: INode[];
	/** Node types by the name that `nodes` use. */
	types: Record<string, INodeType>;
	connections?: IConnections;
	/** Name of the node that the items are put in front of. */
	start: string;
	items?: Array<INodeExecutionData | IDataObject>;
	workflowId?: string;
	staticData?: IDataObject;
	mode?: WorkflowExecuteMode;
	connected?: RunNodeOptions['connected'];
	contextData?: RunNodeOptions['contextData'];
	resumeToken?: RunNodeOptions['resumeToken'];
	onStart?: RunNodeOptions['onStart'];
}

export interface WorkflowRun {
	run: IRun;
	error: Error | undefined;
	staticData: IDataObject;
	tasksOf(nodeName: string): ITaskData[];
	/** Items of a node's output, first run, or an empty list. */
	itemsOf(nodeName: string, output?: number): INodeExecutionData[];
}

/** Runs several connected nodes; a trigger that is started passes its items through. */
export async function runWorkflow(options: RunWorkflowOptions): Promise<WorkflowRun> {
	const mode = options.mode ?? 'webhook';
	const subNodes = subNodesOf(options);
	const staticData = options.staticData ?? {};
	const base = {
		id: options.workflowId ?? 'workflow-1',
		name: 'Test workflow',
		active: false,
		nodes: [...options.nodes, ...subNodes.nodes],
		connections: { ...options.connections, ...subNodes.connections },
		settings: { executionOrder: 'v1' as const },
		staticData,
	};
	const workflow = new Workflow({
		...base,
		nodeTypes: nodeTypesOf({ ...options.types, ...subNodes.types }),
	});
	const start = workflow.getNode(options.start);
	if (!start) throw new Error(`The test workflow has no node named ${options.start}`);

	const hooks = new ExecutionLifecycleHooks(mode, '1', base as unknown as IWorkflowBase);
	const data = createRunExecutionData({
		executionData: {
			...options.contextData,
			nodeExecutionStack: [
				{
					node: start,
					data: { main: [(options.items ?? [{}]).map(itemOf)] },
					source: null,
				},
			],
		},
	});
	if (typeof options.resumeToken === 'string') data.resumeToken = options.resumeToken;
	if (options.resumeToken === null) delete data.resumeToken;
	const additionalData = { ...additionalDataOf(options), hooks };
	const running = new WorkflowExecute(additionalData, mode, data).processRunExecutionData(
		workflow,
	);
	options.onStart?.(() => running.cancel());
	const run = await running;
	const tasksOf = (name: string) => run.data.resultData.runData[name] ?? [];
	return {
		run,
		error: run.data.resultData.error,
		staticData: workflow.staticData,
		tasksOf,
		itemsOf: (name, output = 0) => tasksOf(name)[0]?.data?.['main']?.[output] ?? [],
	};
}

/** The node as n8n stores it in a workflow. */
export function nodeOf(setup: NodeSetup): INode {
	const { description } = setup.node;
	const versions = [description.version].flat();
	const names = (description.credentials ?? []).map(({ name }) => name);
	const given = names.filter((name) => setup.credentials?.[name]);
	return {
		id: 'node-1',
		name: setup.name ?? description.displayName,
		type: typeNameOf(setup.node),
		typeVersion: description.defaultVersion ?? Math.max(...versions),
		position: [0, 0],
		parameters: setup.parameters ?? {},
		...(given.length > 0 && {
			credentials: Object.fromEntries(given.map((name) => [name, { id: name, name }])),
		}),
		...setup.settings,
	};
}

function itemOf(item: INodeExecutionData | IDataObject): INodeExecutionData {
	const isItem = typeof item['json'] === 'object' && item['json'] !== null;
	return isItem ? (item as INodeExecutionData) : { json: item };
}

/** Stand-ins for connected sub-nodes: each supplies the object that the test gave. */
function subNodesOf({ connected = {}, start }: RunWorkflowOptions) {
	const nodes: INode[] = [];
	const types: Record<string, INodeType> = {};
	const connections: IConnections = {};
	for (const [connection, supplied] of Object.entries(connected)) {
		const type = connection as NodeConnectionType;
		const name = `Connected ${type}`;
		const typeName = `test.${type}`;
		nodes.push({
			id: typeName,
			name,
			type: typeName,
			typeVersion: 1,
			position: [0, 0],
			parameters: {},
		});
		types[typeName] = {
			description: {
				displayName: name,
				name: type,
				group: ['transform'],
				version: 1,
				description: name,
				defaults: { name },
				inputs: [],
				outputs: [type],
				properties: [],
			},
			supplyData: async () => ({ response: supplied }),
		};
		connections[name] = { [type]: [[{ node: start, type, index: 0 }]] };
	}
	return { nodes, types, connections };
}
