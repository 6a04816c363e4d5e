import type {
	ICredentialDataDecryptedObject,
	ICredentialType,
	IDataObject,
	IHttpRequestOptions,
	INode,
	INodeType,
	INodeTypes,
	IWorkflowExecuteAdditionalData,
	Workflow,
} from 'n8n-workflow';
import { NodeHelpers } from 'n8n-workflow';

/** Where the n8n stood in for says it is reached; signatures are made over these. */
export const WEBHOOK_BASE = 'https://n8n.example/webhook';
export const TEST_WEBHOOK_BASE = 'https://n8n.example/webhook-test';

/** Decrypted credential data by credential type name. */
export type CredentialData = Record<string, ICredentialDataDecryptedObject>;

export interface HostStandIn {
	credentials?: CredentialData;
	/** The credential classes of the package; their `authenticate` signs the node's requests. */
	credentialTypes?: ICredentialType[];
	webhookBaseUrl?: string;
	webhookTestBaseUrl?: string;
	/** Default '1'. */
	executionId?: string;
	/** Gets the type of each credential that is read, by a node or by n8n to authenticate its request. */
	credentialReads?: string[];
}

/** Node types by the name that workflows use, `n8n-nodes-sms-agent.sendSms`. */
export function nodeTypesOf(types: Record<string, INodeType>): INodeTypes {
	const find = (name: string) => {
		const type = types[name];
		if (!type) throw new Error(`The test workflow uses ${name}, which was not given to it`);
		return type;
	};
	return {
		getByName: find,
		getByNameAndVersion: (name, version) =>
			NodeHelpers.getVersionedNodeType(find(name), version),
		getKnownTypes: () => ({}),
	};
}

/** The name that a workflow uses for a node of this package. */
export function typeNameOf(node: INodeType): string {
	return `n8n-nodes-sms-agent.${node.description.name}`;
}

/**
 * What n8n's server hands to the engine: URLs, credentials, and authentication the way n8n's own
 * credentials helper does it. Requests the node makes go out for real.
 */
export function additionalDataOf(host: HostStandIn): IWorkflowExecuteAdditionalData {
	const webhookBaseUrl = host.webhookBaseUrl ?? WEBHOOK_BASE;
	const origin = new URL(webhookBaseUrl).origin;
	const given: Partial<IWorkflowExecuteAdditionalData> = {
		executionId: host.executionId ?? '1',
		currentNodeExecutionIndex: 0,
		variables: {},
		webhookBaseUrl,
		webhookTestBaseUrl: host.webhookTestBaseUrl ?? TEST_WEBHOOK_BASE,
		webhookWaitingBaseUrl: `${origin}/webhook-waiting`,
		formBaseUrl: `${origin}/form`,
		formTestBaseUrl: `${origin}/form-test`,
		formWaitingBaseUrl: `${origin}/form-waiting`,
		instanceBaseUrl: `${origin}/`,
		restApiUrl: `${origin}/rest`,
		logAiEvent: () => undefined,
		setExecutionStatus: () => undefined,
		credentialsHelper: credentialsHelperOf(host),
	};
	return given as IWorkflowExecuteAdditionalData;
}

type CredentialsHelper = IWorkflowExecuteAdditionalData['credentialsHelper'];

function credentialsHelperOf({
	credentials = {},
	credentialTypes = [],
	credentialReads = [],
}: HostStandIn) {
	const typeOf = (name: string) => credentialTypes.find((type) => type.name === name);
	const helper: Partial<CredentialsHelper> = {
		getParentTypes: () => [],
		isCredentialUsableByNode: () => true,
		getCredentialsProperties: (name) => typeOf(name)?.properties ?? [],
		preAuthentication: async () => undefined,
		getDecrypted: async (_additionalData, _details, name) => {
			const data = credentials[name];
			if (!data) throw new Error(`Credential "${name}" was not given to the test`);
			credentialReads.push(name);
			const defaults = (typeOf(name)?.properties ?? []).map((property) => [
				property.name,
				property.default,
			]);
			return { ...(Object.fromEntries(defaults) as IDataObject), ...data } as typeof data;
		},
		authenticate: async (data, name, request, workflow, node) => {
			const authenticate = typeOf(name)?.authenticate;
			const options = request as IHttpRequestOptions;
			if (!authenticate) return options;
			if (typeof authenticate === 'function') return await authenticate(data, options);
			return authenticated(options, authenticate.properties, data, workflow, node);
		},
	};
	return helper as CredentialsHelper;
}

/** The generic kind: every key and value may be an expression over `$credentials`. */
function authenticated(
	request: IHttpRequestOptions,
	properties: object,
	credentials: ICredentialDataDecryptedObject,
	workflow?: Workflow,
	node?: INode,
): IHttpRequestOptions {
	if (!workflow || !node)
		throw new Error('Declarative authentication needs a workflow and a node');
	const resolve = (text: string) =>
		workflow.expression.getParameterValue(text, null, 0, 0, node.name, [], 'internal', {
			$credentials: credentials,
		}) as string;
	const target = request as unknown as Record<string, Record<string, unknown>>;
	for (const [section, values] of Object.entries(properties as Record<string, object>)) {
		const filled = Object.entries(values as Record<string, string>).map(([key, value]) => [
			resolve(key),
			resolve(value),
		]);
		target[section] = { ...target[section], ...(Object.fromEntries(filled) as object) };
	}
	return request;
}
