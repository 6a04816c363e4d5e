import type {
	IExecuteFunctions,
	INodeCredentialDescription,
	INodeProperties,
	NodeParameterValue,
} from 'n8n-workflow';

export const MODEL_FROM = 'Model From';
export const HISTORY_FROM = 'Conversation History From';

/** What writes where the builder leaves the field Model empty. */
export const USUAL_MODEL = 'gpt-4.1-mini';

/** Seconds; what "Time-Out" stands at when the builder leaves it alone. */
export const USUAL_TIMEOUT = 60;

/** Values of the node's other fields. */
type Show = Record<string, NodeParameterValue[]>;

/** The credential of each way to a model that is asked by this package itself. */
export const MODEL_CREDENTIALS = {
	openAiCompatible: 'openAiCompatibleApi',
	/** n8n's own, of its OpenAI nodes. */
	openAi: 'openAiApi',
} as const;

/** Which way to the model. */
export type ProviderSource = keyof typeof MODEL_CREDENTIALS;
export type ModelCredential = (typeof MODEL_CREDENTIALS)[ProviderSource];

const PROVIDER_SOURCES = Object.keys(MODEL_CREDENTIALS);

/** For a choice of *Model From*; n8n sends no value where the builder left it alone. */
export function modelCredentialOf(source: unknown): ModelCredential {
	return MODEL_CREDENTIALS[source === 'openAi' ? source : 'openAiCompatible'];
}

const LEAVE_EMPTY = `Leave empty for ${USUAL_MODEL}`;

/** Which model writes, for every node that lets one write. Shown where `show` holds. */
export function modelFields(show: Show = {}): INodeProperties[] {
	return [
		{
			displayName: MODEL_FROM,
			name: 'modelSource',
			type: 'options',
			noDataExpression: true,
			displayOptions: { show },
			options: [
				{
					name: 'OpenAI or Similar',
					value: 'openAiCompatible',
					description: 'OpenAI, or any provider or local server with the same API',
				},
				{
					// eslint-disable-next-line n8n-nodes-base/node-param-display-name-miscased -- n8n writes itself so
					name: "n8n's OpenAI Credential",
					value: 'openAi',
					description:
						"The credential of n8n's own OpenAI nodes, if you have one already",
				},
				{
					name: 'Connected Chat Model',
					value: 'chatModel',
					description: 'Any Chat Model node of n8n, connected below this node',
				},
			],
			default: 'openAiCompatible',
		},
		{
			displayName: 'Model',
			name: 'model',
			type: 'resourceLocator',
			displayOptions: { show: { ...show, modelSource: PROVIDER_SOURCES } },
			// When a credential is chosen, the editor empties a model that the new one does not list.
			default: { mode: 'list', value: '' },
			description: `The model that writes the texts. A small, fast one is usually enough. When empty: ${USUAL_MODEL}, which providers other than OpenAI may not have; choose one of theirs.`,
			modes: [
				{
					displayName: 'From List',
					name: 'list',
					type: 'list',
					placeholder: LEAVE_EMPTY,
					typeOptions: { searchListMethod: 'searchModels', searchable: true },
				},
				{
					displayName: 'By ID',
					name: 'id',
					type: 'string',
					placeholder: LEAVE_EMPTY,
				},
			],
		},
	];
}

/**
 * For the node's `credentials`. The editor shows these above the last field that one of them names
 * by its plain name, and on top where they all name paths from the root, as `/modelSource`.
 *
 * @param show such paths.
 */
export function modelCredential(
	source: ProviderSource,
	show: Show = {},
): INodeCredentialDescription {
	return {
		name: MODEL_CREDENTIALS[source],
		required: true,
		displayOptions: { show: { ...show, '/modelSource': [source] } },
	};
}

const CHAT_MODEL_INPUT =
	'{ "type": "ai_languageModel", "displayName": "Chat Model", "required": true, "maxConnections": 1 }';
const MEMORY_INPUT =
	'{ "type": "ai_memory", "displayName": "Memory", "required": true, "maxConnections": 1 }';

/**
 * For the node's `inputs`: the inputs for a Chat Model and for a Memory are there only where they
 * are used.
 *
 * @param chatModel when the model is connected, a JavaScript expression over `$parameter`.
 * @param memory when a memory is; never, unless given.
 * @param others inputs that are always there.
 */
export function inputsWithModel(
	chatModel = '$parameter["modelSource"] === "chatModel"',
	memory = 'false',
	others: readonly string[] = [],
) {
	const always = ['{ "type": "main" }', ...others].join(', ');
	return `={{ [${always}].concat(${chatModel} ? [${CHAT_MODEL_INPUT}] : [], ${memory} ? [${MEMORY_INPUT}] : []) }}` as const;
}

/** For the node's "Options" collection. */
export const modelOptions: INodeProperties[] = [
	{
		displayName: 'Creativity (Temperature)',
		name: 'temperature',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 2, numberPrecision: 1 },
		displayOptions: { show: { '/modelSource': PROVIDER_SOURCES } },
		default: 0.4,
		description:
			'How freely the model chooses words: 0 is the most predictable. Some models accept only their own value; leave this out for them.',
	},
	{
		displayName: 'Maximum Output Tokens',
		name: 'maxOutputTokens',
		type: 'number',
		typeOptions: { minValue: 16 },
		displayOptions: { show: { '/modelSource': PROVIDER_SOURCES } },
		default: 500,
		description:
			'A ceiling on what one answer may cost. An answer that is cut off by it is not sent. Models that reason need far more.',
	},
	{
		displayName: 'Time-Out (Seconds)',
		name: 'modelTimeout',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 300 },
		default: USUAL_TIMEOUT,
		description: 'How long the model may take, retries included',
	},
];

/** Where the model's knowledge of the conversation comes from, for a node that answers. */
export const memorySourceField: INodeProperties = {
	displayName: HISTORY_FROM,
	name: 'historySource',
	type: 'options',
	noDataExpression: true,
	default: 'thread',
	description:
		'What AI is shown of the conversation so far. The thread is kept in any case: it decides what may be answered, and once. To a Connected Memory, the words of both sides are added once a reply was sent; texts from other nodes are not, and nothing is where this node only writes.',
	options: [
		{
			name: "This Agent's Thread",
			value: 'thread',
			description: 'All texts of this agent and this contact, whoever of you sent them',
		},
		{
			name: 'Connected Memory',
			value: 'memory',
			description: 'A Memory node of n8n, connected below this node',
		},
	],
};

/** Says when the node has an input for a Memory: a JavaScript expression over `$parameter`. */
export const WITH_MEMORY = '$parameter["historySource"] === "memory"';

/** The model that the builder chose, and the options they gave it. */
export type ModelChoice = { timeoutMs: number } & (
	| { source: 'chatModel' }
	| {
			source: ProviderSource;
			model: string;
			/** Whether the builder left Model empty, so that it is the usual one. */
			isUsual: boolean;
			temperature?: number;
			maxOutputTokens?: number;
	  }
);

export function readModel(context: IExecuteFunctions, itemIndex: number): ModelChoice {
	const { modelTimeout, temperature, maxOutputTokens } = context.getNodeParameter(
		'options',
		itemIndex,
		{},
	) as { modelTimeout?: number; temperature?: number; maxOutputTokens?: number };
	const timeoutMs = (modelTimeout ?? USUAL_TIMEOUT) * 1000;
	const source = context.getNodeParameter('modelSource', itemIndex) as ModelChoice['source'];
	if (source === 'chatModel') return { source, timeoutMs };
	const model = context.getNodeParameter('model', itemIndex, '', { extractValue: true });
	const chosen = typeof model === 'string' ? model.trim() : '';
	return {
		source,
		timeoutMs,
		model: chosen || USUAL_MODEL,
		isUsual: chosen === '',
		...(temperature === undefined ? {} : { temperature }),
		...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
	};
}

/** Whether the model is shown a connected memory instead of the thread. */
export function readsMemory(context: IExecuteFunctions, itemIndex: number): boolean {
	return context.getNodeParameter('historySource', itemIndex, 'thread') === 'memory';
}
