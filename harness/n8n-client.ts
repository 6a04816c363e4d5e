import type {
	IConnections,
	ICredentialDataDecryptedObject,
	INode,
	INodeExecutionData,
	INodeListSearchResult,
	INodeParameters,
	INodePropertyOptions,
	IRunData,
	IWorkflowSettings,
} from 'n8n-workflow';
import { httpExchange } from './http-exchange';
import { isOlderN8n } from './n8n-under-test';
import { poll } from './poll';

/** The person who owns an n8n, as its first-run page asks for them. */
export interface N8nOwner {
	email: string;
	firstName: string;
	lastName: string;
	password: string;
}

export interface WorkflowDefinition {
	name: string;
	nodes: INode[];
	connections: IConnections;
	settings?: IWorkflowSettings;
}

export interface StoredWorkflow extends WorkflowDefinition {
	id: string;
	active: boolean;
}

export interface CredentialDefinition {
	name: string;
	type: string;
	data: ICredentialDataDecryptedObject;
}

export type ExecutionStatus =
	'canceled' | 'crashed' | 'error' | 'new' | 'running' | 'success' | 'unknown' | 'waiting';

export interface StoredExecution {
	id: string;
	workflowId: string;
	status: ExecutionStatus;
	mode: string;
	finished: boolean;
	startedAt: string;
	stoppedAt: string | null;
	/** What the editor calls highlighted data. */
	customData?: Record<string, string>;
	data: {
		resultData: {
			runData: IRunData;
			lastNodeExecuted?: string;
			error?: { message: string; description?: string | null };
		};
	};
}

/** What n8n says about putting a workflow's triggers to work. */
export interface PublicationStatus {
	status: 'failed' | 'in_progress' | 'not_published' | 'partial' | 'published';
	triggers: Array<{ nodeId: string; status: string; errorMessage: string | null }>;
}

export interface NodeForOptions {
	/** `n8n-nodes-sms-agent.sendSms` */
	type: string;
	typeVersion: number;
	/** Where the field is, `parameters.from` and the like. */
	path: string;
	/** Name of the method in the node's `methods.loadOptions` or `methods.listSearch`. */
	methodName: string;
	parameters?: INodeParameters;
	credentials?: INode['credentials'];
}

/** How a client proves who it is: a key to the public API, and the log-in cookie, `name=value`. */
export interface N8nAccess {
	apiKey?: string;
	cookie?: string;
}

/** n8n said no; `message` is n8n's own. */
export class N8nRefusal extends Error {
	override readonly name = 'N8nRefusal';

	constructor(
		readonly request: string,
		readonly status: number,
		readonly body: unknown,
	) {
		super(`${request}: ${status} ${messageIn(body)}`);
	}
}

/** Talks to one n8n, as its owner: the public API where it has the call, else what the editor uses. */
export class N8nClient {
	/** n8n ties a log-in to the browser that made it. */
	readonly browserId = 'sms-agent-tests';
	private apiKey: string | undefined;
	private cookie: string | undefined;

	constructor(
		readonly url: string,
		private readonly owner: Pick<N8nOwner, 'email' | 'password'>,
		/** What an earlier client got. n8n refuses more than five log-ins of one person in a minute. */
		{ apiKey, cookie }: N8nAccess = {},
	) {
		this.apiKey = apiKey;
		this.cookie = cookie;
	}

	/** Creates the owner of a fresh n8n; with an owner already there, logs in. */
	static async setUp(url: string, owner: N8nOwner, apiKey?: string): Promise<N8nClient> {
		const client = new N8nClient(url, owner, apiKey === undefined ? {} : { apiKey });
		const fresh = await client.rest<{ userManagement: { showSetupOnFirstLoad: boolean } }>(
			'GET',
			'/rest/settings',
			undefined,
			{ anonymous: true },
		);
		if (fresh.userManagement.showSetupOnFirstLoad) {
			await client.rest('POST', '/rest/owner/setup', owner, { anonymous: true });
		} else {
			await client.logIn();
		}
		return client;
	}

	async logIn(): Promise<void> {
		const { email, password } = this.owner;
		const body = { emailOrLdapLoginId: email, password };
		await this.rest('POST', '/rest/login', body, { anonymous: true });
	}

	/** The log-in cookie, for a browser: its name and value. */
	async authCookie(): Promise<{ name: string; value: string }> {
		if (!this.cookie) await this.logIn();
		const [name = '', value = ''] = (this.cookie ?? '').split('=', 2);
		return { name, value };
	}

	/** A key with every scope, made on first use. */
	async key(): Promise<string> {
		this.apiKey ??= await this.createKey();
		return this.apiKey;
	}

	private async createKey(): Promise<string> {
		const scopes = await this.rest<string[]>('GET', '/rest/api-keys/scopes');
		const label = `n8n-nodes-sms-agent ${Date.now()}`;
		const created = await this.rest<{ rawApiKey: string }>('POST', '/rest/api-keys', {
			label,
			expiresAt: null,
			scopes,
		});
		return created.rawApiKey;
	}

	// ------------------------------------------------------------------------------ credentials

	async createCredential({ name, type, data }: CredentialDefinition): Promise<string> {
		const body = { name, type, data };
		const { id } = isOlderN8n()
			? await this.rest<{ id: string }>('POST', '/rest/credentials', body)
			: await this.api<{ id: string }>('POST', '/credentials', body);
		return id;
	}

	async deleteCredential(id: string): Promise<void> {
		await this.api('DELETE', `/credentials/${id}`);
	}

	/** What the editor shows after Save: the verdict of the credential's own test. */
	async testCredential(
		credential: CredentialDefinition,
	): Promise<{ status: 'Error' | 'OK'; message: string }> {
		// An older n8n tests what it has stored only.
		const id = isOlderN8n() ? await this.createCredential(credential) : '';
		try {
			return await this.rest('POST', '/rest/credentials/test', {
				credentials: { id, ...credential },
			});
		} finally {
			if (id) await this.deleteCredential(id);
		}
	}

	async credentials(): Promise<Array<{ id: string; name: string; type: string }>> {
		return await this.rest('GET', '/rest/credentials');
	}

	/** Replaces the data of a credential that exists. */
	async updateCredential(id: string, { name, type, data }: CredentialDefinition): Promise<void> {
		await this.rest('PATCH', `/rest/credentials/${id}`, { id, name, type, data });
	}

	// -------------------------------------------------------------------------------- workflows

	/** Triggers have an address of their own, as if they had been put there in the editor. */
	async createWorkflow(workflow: WorkflowDefinition): Promise<StoredWorkflow> {
		return await this.api('POST', '/workflows', definitionOf(withAddresses(workflow, [])));
	}

	async workflow(id: string): Promise<StoredWorkflow> {
		return await this.api('GET', `/workflows/${id}`);
	}

	async workflows(): Promise<StoredWorkflow[]> {
		const { data } = await this.api<{ data: StoredWorkflow[] }>('GET', '/workflows?limit=250');
		return data;
	}

	/** An active workflow is published again, where its triggers have changed. */
	async updateWorkflow(id: string, workflow: WorkflowDefinition): Promise<StoredWorkflow> {
		const { nodes } = await this.workflow(id);
		const body = definitionOf(withAddresses(workflow, nodes));
		return await this.api('PUT', `/workflows/${id}`, body);
	}

	/** Switches off first: n8n refuses to delete what is published. */
	async deleteWorkflow(id: string): Promise<void> {
		await this.deactivate(id);
		await this.api('DELETE', `/workflows/${id}`);
	}

	/**
	 * Resolves when the triggers are registered; rejects with what a trigger said when n8n gives up,
	 * which it does after five attempts and about 15 seconds (an older n8n at once).
	 */
	async activate(id: string): Promise<void> {
		await this.api('POST', `/workflows/${id}/activate`);
		if (isOlderN8n()) return;
		const { status, triggers } = await this.settledPublication(id, ['not_published']);
		if (status === 'published') return;
		throw new Error(triggers.map(({ errorMessage }) => errorMessage).join('\n') || status);
	}

	/** Resolves when the triggers have been unregistered. */
	async deactivate(id: string): Promise<void> {
		await this.api('POST', `/workflows/${id}/deactivate`);
		if (!isOlderN8n()) await this.settledPublication(id, []);
	}

	async publicationStatus(id: string): Promise<PublicationStatus> {
		return await this.rest('GET', `/rest/workflows/${id}/publication-status`);
	}

	private async settledPublication(
		id: string,
		notYet: Array<PublicationStatus['status']>,
	): Promise<PublicationStatus> {
		const unsettled = ['in_progress', ...notYet];
		return await poll(
			`workflow ${id} to be published or not`,
			async () => {
				const publication = await this.publicationStatus(id);
				return unsettled.includes(publication.status) ? undefined : publication;
			},
			{ timeoutMs: 60_000 },
		);
	}

	// ------------------------------------------------------------------------------- executions

	/** Newest first, with all data. */
	async executions(workflowId: string): Promise<StoredExecution[]> {
		const query = new URLSearchParams({ workflowId, includeData: 'true', limit: '250' });
		const { data } = await this.api<{ data: StoredExecution[] }>(
			'GET',
			`/executions?${query.toString()}`,
		);
		return data;
	}

	/** Those that have ended, of one workflow or of all, newest first; with all data where asked for. */
	async *everyExecution(workflowId = '', includeData = false): AsyncGenerator<StoredExecution> {
		let cursor: string | null = null;
		do {
			const query = new URLSearchParams({
				limit: includeData ? '50' : '250',
				includeData: String(includeData),
				...(workflowId !== '' && { workflowId }),
				...(cursor !== null && { cursor }),
			});
			const page: { data: StoredExecution[]; nextCursor: string | null } = await this.api(
				'GET',
				`/executions?${query.toString()}`,
			);
			yield* page.data;
			cursor = page.nextCursor;
		} while (cursor !== null);
	}

	/** How many have ended, of one workflow or of all. */
	async executionCount(workflowId?: string): Promise<number> {
		const ids = new Set<string>();
		for await (const { id } of this.everyExecution(workflowId)) ids.add(id);
		return ids.size;
	}

	/** Waits until it has ended; with all data. */
	async endedExecution(id: string, timeoutMs = 90_000): Promise<StoredExecution> {
		return await poll(
			`execution ${id} to end`,
			async () => {
				const path = `/executions/${id}?includeData=true`;
				const execution = await this.api<StoredExecution>('GET', path);
				return hasEnded(execution) ? execution : undefined;
			},
			{ timeoutMs },
		);
	}

	/** Waits until at least `count` executions have ended, and returns all that have, newest first. */
	async endedExecutions(
		workflowId: string,
		count: number,
		timeoutMs = 90_000,
	): Promise<StoredExecution[]> {
		return await poll(
			`${count} ended executions of workflow ${workflowId}`,
			async () => {
				const all = await this.executions(workflowId);
				const ended = all.filter(hasEnded);
				return ended.length >= count ? ended : undefined;
			},
			{ timeoutMs },
		);
	}

	/**
	 * Does what starts an execution, waits until one has ended that was not there before, and returns
	 * it. Those that still run are waited for first: one of them could pass for the new one.
	 */
	async executionAfter(
		workflowId: string,
		start: () => Promise<unknown>,
		timeoutMs = 90_000,
	): Promise<StoredExecution> {
		await poll(
			`the executions of workflow ${workflowId} to end`,
			async () => (await this.runningExecutions(workflowId)).length === 0 || undefined,
			{ timeoutMs },
		);
		const known = new Set((await this.executions(workflowId)).map(({ id }) => id));
		await start();
		return await poll(
			`one more ended execution of workflow ${workflowId}`,
			async () =>
				(await this.executions(workflowId)).find(
					(execution) => hasEnded(execution) && !known.has(execution.id),
				),
			{ timeoutMs },
		);
	}

	/** As the Retry button does, with the workflow as it was when the execution failed, or as it is now. */
	async retryExecution(id: string, loadWorkflow = false): Promise<StoredExecution> {
		return await this.api('POST', `/executions/${id}/retry`, { loadWorkflow });
	}

	async runningExecutions(workflowId: string): Promise<Array<{ id: string }>> {
		const query = new URLSearchParams({ workflowId, status: 'running' });
		const { data } = await this.api<{ data: Array<{ id: string }> }>(
			'GET',
			`/executions?${query.toString()}`,
		);
		return data;
	}

	/** As the Stop button does. */
	async stopExecution(id: string): Promise<void> {
		await this.rest('POST', `/rest/executions/${id}/stop`);
	}

	// --------------------------------------------------------------------------- runs of the editor

	/** "Execute workflow", from a trigger that waits for nothing. Resolves with the execution's id when it begins. */
	async execute(workflowId: string, trigger: string): Promise<string> {
		const { executionId } = await this.runInEditor(workflowId, {
			triggerToStartFrom: { name: trigger },
		});
		if (executionId === undefined) throw new Error(`n8n waits for something at ${trigger}`);
		return executionId;
	}

	/** "Listen for test event": runs up to `destination`, the trigger itself unless given. */
	async listenForTest(workflowId: string, trigger: string, destination = trigger): Promise<void> {
		const answer = await this.runInEditor(workflowId, {
			triggerToStartFrom: { name: trigger },
			destinationNode: { nodeName: destination, mode: 'inclusive' },
		});
		if (!answer.waitingForWebhook)
			throw new Error(`n8n does not listen: ${JSON.stringify(answer)}`);
	}

	private async runInEditor(
		workflowId: string,
		request: object,
	): Promise<{ waitingForWebhook?: boolean; executionId?: string }> {
		return await this.rest('POST', `/rest/workflows/${workflowId}/run`, {
			...(isOlderN8n() && { workflowData: await this.workflow(workflowId) }),
			...request,
		});
	}

	/** n8n answers before the trigger has been unregistered: poll what unregistering changes. */
	async stopListening(workflowId: string): Promise<void> {
		await this.rest('DELETE', `/rest/test-webhook/${workflowId}`);
	}

	// --------------------------------------------------------------------------------- data tables

	/** Whose columns all hold text; resolves with its id. */
	async createDataTable(name: string, rows: Array<Record<string, string>>): Promise<string> {
		const columns = Object.keys(rows[0] ?? {}).map((column) => ({
			name: column,
			type: 'string',
		}));
		const { id } = await this.api<{ id: string }>('POST', '/data-tables', { name, columns });
		await this.addDataTableRows(id, rows);
		return id;
	}

	async addDataTableRows(id: string, rows: Array<Record<string, string>>): Promise<void> {
		await this.api('POST', `/data-tables/${id}/rows`, { data: rows });
	}

	/** Its id; undefined where there is none. */
	async dataTableNamed(name: string): Promise<string | undefined> {
		const { data } = await this.api<{ data: Array<{ id: string; name: string }> }>(
			'GET',
			'/data-tables?limit=250',
		);
		return data.find((table) => table.name === name)?.id;
	}

	/** With n8n's own columns. */
	async dataTableRows(id: string): Promise<Array<Record<string, unknown>>> {
		const { data } = await this.api<{ data: Array<Record<string, unknown>> }>(
			'GET',
			`/data-tables/${id}/rows?limit=250`,
		);
		return data;
	}

	async deleteDataTable(id: string): Promise<void> {
		await this.api('DELETE', `/data-tables/${id}`);
	}

	// ----------------------------------------------------------------------------- fields of nodes

	/** What a drop-down of a node offers in the editor. */
	async loadOptions(node: NodeForOptions): Promise<INodePropertyOptions[]> {
		return await this.rest(
			'POST',
			'/rest/dynamic-node-parameters/options',
			optionsRequest(node),
		);
	}

	/** What "From list" of a resource locator offers. */
	async searchList(node: NodeForOptions, filter?: string): Promise<INodeListSearchResult> {
		return await this.rest('POST', '/rest/dynamic-node-parameters/resource-locator-results', {
			...optionsRequest(node),
			...(filter !== undefined && { filter }),
		});
	}

	// ---------------------------------------------------------------------------------- transport

	/** The public API, with a key. */
	async api<T>(method: string, path: string, body?: unknown): Promise<T> {
		const headers = { 'X-N8N-API-KEY': await this.key() };
		return (await this.send(method, `/api/v1${path}`, body, headers)) as T;
	}

	/** What the editor itself calls, with the log-in cookie; not a public interface of n8n. */
	async rest<T>(
		method: string,
		path: string,
		body?: unknown,
		{ anonymous = false } = {},
	): Promise<T> {
		if (!anonymous && !this.cookie) await this.logIn();
		const headers = {
			'browser-id': this.browserId,
			...(this.cookie && { cookie: this.cookie }),
		};
		const answer = (await this.send(method, path, body, headers)) as { data: T };
		return answer.data;
	}

	private async send(
		method: string,
		path: string,
		body: unknown,
		headers: Record<string, string>,
	): Promise<unknown> {
		const response = await httpExchange(`${this.url}${path}`, {
			method,
			headers: {
				...headers,
				...(body !== undefined && { 'content-type': 'application/json' }),
			},
			...(body !== undefined && { body: JSON.stringify(body) }),
		});
		const cookies = response.headers['set-cookie'] ?? [];
		const cookie = cookies.find((each) => each.startsWith('n8n-auth='));
		if (cookie) this.cookie = cookie.split(';')[0];
		const text = response.body;
		const answer = /^[{[]/.test(text) ? (JSON.parse(text) as unknown) : text;
		if (response.status >= 400) {
			throw new N8nRefusal(`${method} ${path}`, response.status, answer);
		}
		return answer;
	}
}

/** One that waits has not. */
export function hasEnded({ status }: StoredExecution): boolean {
	return !['new', 'running', 'waiting'].includes(status);
}

/** Items of a node's output in an execution, first run of the node. */
export function itemsOf(
	execution: StoredExecution,
	node: string,
	output = 0,
): INodeExecutionData[] {
	return execution.data.resultData.runData[node]?.[0]?.data?.['main']?.[output] ?? [];
}

function definitionOf({ name, nodes, connections, settings }: WorkflowDefinition) {
	return { name, nodes, connections, settings: { executionOrder: 'v1', ...settings } };
}

/** An older n8n leaves it to its editor to give a trigger its webhook ID. */
function withAddresses(workflow: WorkflowDefinition, stored: INode[]): WorkflowDefinition {
	if (!isOlderN8n()) return workflow;
	const nodes = workflow.nodes.map((node) => {
		if (!node.type.endsWith('Trigger')) return node;
		const known = stored.find(({ name }) => name === node.name)?.webhookId;
		return { webhookId: known ?? crypto.randomUUID(), ...node };
	});
	return { ...workflow, nodes };
}

function optionsRequest(node: NodeForOptions) {
	return {
		path: node.path,
		methodName: node.methodName,
		nodeTypeAndVersion: { name: node.type, version: node.typeVersion },
		currentNodeParameters: node.parameters ?? {},
		...(node.credentials && { credentials: node.credentials }),
	};
}

function messageIn(body: unknown): string {
	const { message } = (typeof body === 'object' && body ? body : {}) as { message?: unknown };
	return typeof message === 'string' ? message : JSON.stringify(body).slice(0, 500);
}
