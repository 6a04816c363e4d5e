import './private-n8n-folder';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { parse } from 'node:querystring';
import express, { type Request, type Response } from 'express';
import { HookContext, WebhookContext } from 'n8n-core';
import {
	Workflow,
	type IConnections,
	type IDataObject,
	type IHookFunctions,
	type INode,
	type INodeType,
	type IWebhookData,
	type IWebhookFunctions,
	type IWebhookResponseData,
	type IWorkflowExecuteAdditionalData,
	type WorkflowActivateMode,
} from 'n8n-workflow';
import { additionalDataOf, nodeTypesOf, typeNameOf } from './host-stand-in';
import { nodeOf, type NodeSetup } from './run-node';

export interface WebhookSetup extends NodeSetup {
	/** Listening for a test event: n8n then uses its test URL. */
	isTest?: boolean;
	/** An n8n below 2.34, which tells a webhook no other URL than its production one. */
	olderN8n?: boolean;
	/** A node directly behind this one. */
	behind?: INodeType;
	/** Other nodes of the workflow, their types, and all connections. */
	around?: { nodes: INode[]; types: Record<string, INodeType>; connections: IConnections };
}

export interface WebhookCall {
	method?: string;
	headers?: Record<string, string>;
	/** Sent form-encoded; pairs keep repeated names. */
	form?: Record<string, string> | Array<[string, string]>;
	/** Sent as it is, instead of `form`. */
	body?: string | Uint8Array;
	/** Appended to the URL with its `?`. */
	query?: string;
}

export interface WebhookAnswer {
	status: number;
	headers: Headers;
	body: string;
	/** What `webhook()` returned; undefined when it threw. */
	result: IWebhookResponseData | undefined;
	error: unknown;
}

export interface ListeningWebhook {
	/** The URL that the node itself believes it has; sign over this one. */
	url: string;
	/** Where it really listens, for whoever calls it by that URL's path. */
	origin: string;
	/** What every request came to, in the order they ended; those of others than `call` too. */
	readonly ended: ReadonlyArray<Pick<WebhookAnswer, 'result' | 'error'>>;
	/** What the node has written into n8n's log as a warning. */
	readonly warnings: readonly string[];
	/** Resolves when no request is in work. */
	idle(): Promise<void>;
	/** Resolves when `webhook()` has returned as well; `answered` is called once the answer has come. */
	call(call?: WebhookCall, answered?: () => void): Promise<WebhookAnswer>;
	/** Shared by all calls, as on a server that has loaded the workflow once. */
	staticData: IDataObject;
	close(): Promise<void>;
}

/**
 * Serves a node's `webhook()` over real HTTP on this machine, with the request parsed the way n8n
 * parses it: raw body kept, form fields in an object without a prototype, repeated ones as arrays.
 */
export async function listenWebhook(setup: WebhookSetup): Promise<ListeningWebhook> {
	const { node, workflow, additionalData, webhookData } = loaded(setup);
	const results: Array<Pick<WebhookAnswer, 'result' | 'error'>> = [];
	const ended: Array<Pick<WebhookAnswer, 'result' | 'error'>> = [];
	const warnings: string[] = [];
	let inWork = 0;
	const app = express();

	app.use(async (request: Request, response: Response) => {
		await parseLikeN8n(request);
		const context = new WebhookContext(
			workflow,
			node,
			{ ...additionalData, httpRequest: request, httpResponse: response },
			setup.isTest ? 'manual' : 'webhook',
			webhookData,
			[],
			null,
		);
		Object.defineProperty(context, 'logger', { value: loggerInto(warnings) });
		if (setup.olderN8n) {
			Object.defineProperty(context, 'getWebhookResourceUrl', { value: undefined });
		}
		const call = Number(request.headers['x-test-call']);
		delete request.headers['x-test-call'];
		inWork += 1;
		try {
			const result = await webhookOf(setup).call(context as IWebhookFunctions);
			results[call] = { result, error: undefined };
			ended.push({ result, error: undefined });
			if (result.noWebhookResponse) return;
			response
				.status(200)
				.send(result.webhookResponse ?? { message: 'Workflow was started' });
		} catch (error) {
			results[call] = { result: undefined, error };
			ended.push({ result: undefined, error });
			if (!response.headersSent)
				response.status(500).json({ code: 0, message: String(error) });
		} finally {
			inWork -= 1;
		}
	});

	const server = app.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const url = nodeUrl(setup, workflow, node, additionalData, webhookData);
	const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	const local = `${origin}${new URL(url).pathname}`;
	let calls = 0;

	return {
		url,
		origin,
		ended,
		warnings,
		idle: async () => await settled(() => inWork === 0),
		staticData: workflow.staticData,
		async call(call = {}, answered = () => {}) {
			const id = calls++;
			const answer = await fetch(`${local}${call.query ?? ''}`, {
				...requestOf(call),
				headers: { ...call.headers, ...contentType(call), 'x-test-call': String(id) },
			});
			const body = await answer.text();
			answered();
			await settled(() => id in results);
			const { result, error } = results[id] ?? { result: undefined, error: undefined };
			return { status: answer.status, headers: answer.headers, body, result, error };
		},
		async close() {
			server.closeAllConnections();
			server.close();
			await once(server, 'close');
		},
	};
}

const quiet = () => undefined;

function loggerInto(warnings: string[], infos: string[] = []) {
	const warn = (message: string) => void warnings.push(message);
	const info = (message: string) => void infos.push(message);
	return { error: quiet, warn, info, debug: quiet };
}

/** One call of `webhook()`; see {@link listenWebhook} for several to the same node. */
export async function callWebhook(setup: WebhookSetup, call: WebhookCall): Promise<WebhookAnswer> {
	const webhook = await listenWebhook(setup);
	try {
		return await webhook.call(call);
	} finally {
		await webhook.close();
	}
}

export interface WebhookHooks {
	/** The URL that the node registers. */
	url: string;
	checkExists(): Promise<boolean>;
	create(): Promise<boolean>;
	delete(): Promise<boolean>;
	/** What the hooks have written so far, and read next. */
	staticData: IDataObject;
	/** What they have written into n8n's log as a warning. */
	readonly warnings: readonly string[];
	/** And as an information. */
	readonly infos: readonly string[];
}

/** The registration hooks of a node, on one loaded workflow: `create` and `delete` share static data. */
export function webhookHooks(
	setup: WebhookSetup & { activation?: WorkflowActivateMode },
): WebhookHooks {
	const { node, workflow, additionalData, webhookData } = loaded(setup);
	const mode = setup.isTest ? 'manual' : 'trigger';
	const hooks = setup.node.webhookMethods?.['default'];
	const warnings: string[] = [];
	const infos: string[] = [];
	const call = async (name: 'checkExists' | 'create' | 'delete') => {
		const hook = hooks?.[name];
		if (!hook) throw new Error(`${node.type} has no webhook method ${name}`);
		const activation = setup.activation ?? 'activate';
		const context = new HookContext(
			workflow,
			node,
			additionalData,
			// As n8n calls it, also at the end of a test.
			name === 'delete' ? 'internal' : mode,
			name === 'delete' ? 'update' : activation,
			webhookData,
		) as IHookFunctions;
		Object.defineProperty(context, 'logger', { value: loggerInto(warnings, infos) });
		return await hook.call(context);
	};
	return {
		url: nodeUrl(setup, workflow, node, additionalData, webhookData),
		staticData: workflow.staticData,
		warnings,
		infos,
		checkExists: () => call('checkExists'),
		create: () => call('create'),
		delete: () => call('delete'),
	};
}

/** A workflow of the node, as n8n has loaded it. */
export function loaded(setup: WebhookSetup) {
	const node = nodeOf({ ...setup, settings: { webhookId: 'webhook-1', ...setup.settings } });
	const behind = setup.behind && nodeOf({ node: setup.behind });
	const workflow = new Workflow({
		id: setup.workflowId ?? 'workflow-1',
		name: 'Test workflow',
		active: true,
		nodes: [node, ...(behind ? [behind] : []), ...(setup.around?.nodes ?? [])],
		connections: behind
			? { [node.name]: { main: [[{ node: behind.name, type: 'main', index: 0 }]] } }
			: (setup.around?.connections ?? {}),
		settings: { executionOrder: 'v1' },
		staticData: setup.staticData ?? {},
		nodeTypes: nodeTypesOf({
			[typeNameOf(setup.node)]: setup.node,
			...setup.around?.types,
			...(setup.behind && { [typeNameOf(setup.behind)]: setup.behind }),
		}),
	});
	const additionalData = additionalDataOf(setup);
	const webhookDescription = setup.node.description.webhooks?.[0];
	if (!webhookDescription) throw new Error(`${node.type} describes no webhook`);
	const webhookData: IWebhookData = {
		httpMethod: 'POST',
		node: node.name,
		path: 'unused',
		webhookDescription,
		workflowId: workflow.id,
		workflowExecuteAdditionalData: additionalData,
		isTest: setup.isTest ?? false,
	};
	return { node, workflow, additionalData, webhookData };
}

function webhookOf(setup: WebhookSetup) {
	const { webhook } = setup.node;
	if (!webhook) throw new Error(`${typeNameOf(setup.node)} has no webhook()`);
	return webhook;
}

function nodeUrl(
	setup: WebhookSetup,
	workflow: Workflow,
	node: INode,
	additionalData: IWorkflowExecuteAdditionalData,
	webhookData: IWebhookData,
): string {
	const mode = setup.isTest ? 'manual' : 'trigger';
	const url = new HookContext(
		workflow,
		node,
		additionalData,
		mode,
		'activate',
		webhookData,
	).getNodeWebhookUrl('default');
	if (!url) throw new Error(`${node.type} has no webhook URL`);
	return url;
}

interface ParsedRequest extends Request {
	rawBody: Buffer;
}

async function parseLikeN8n(request: Request): Promise<void> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	const rawBody = Buffer.concat(chunks);
	(request as ParsedRequest).rawBody = rawBody;
	const type = request.headers['content-type']?.split(';')[0];
	const text = rawBody.toString('utf8').replace(/^\uFEFF/, '');
	request.body = {};
	if (rawBody.length === 0) return;
	if (type === 'application/json') request.body = JSON.parse(text) as unknown;
	if (type === 'application/x-www-form-urlencoded') {
		request.body = parse(text, undefined, undefined, { maxKeys: 1000 });
	}
	if (type === 'text/plain') request.body = text;
}

function requestOf(call: WebhookCall): RequestInit {
	const method = call.method ?? 'POST';
	if (method === 'GET' || method === 'HEAD') return { method };
	if (call.body !== undefined) return { method, body: call.body };
	return { method, body: new URLSearchParams(call.form ?? {}).toString() };
}

function contentType(call: WebhookCall): Record<string, string> {
	const named = Object.keys(call.headers ?? {}).some((name) => /^content-type$/i.test(name));
	return named || call.body !== undefined
		? {}
		: { 'content-type': 'application/x-www-form-urlencoded' };
}

/** The answer may be out before `webhook()` returns. */
async function settled(condition: () => boolean): Promise<void> {
	while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}
