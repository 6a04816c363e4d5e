import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
	NodeConnectionTypes,
	type ICredentialType,
	type IExecuteFunctions,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
import { callWebhook, listenWebhook, webhookHooks } from './call-webhook';
import { runNode } from './run-node';

const credentialType: ICredentialType = {
	name: 'probeApi',
	displayName: 'Probe API',
	properties: [
		{ displayName: 'User', name: 'user', type: 'string', default: '' },
		{ displayName: 'Password', name: 'password', type: 'string', default: 'by default' },
	],
	authenticate: {
		type: 'generic',
		properties: {
			auth: { username: '={{$credentials.user}}', password: '={{$credentials.password}}' },
		},
	},
};

const description: INodeTypeDescription = {
	displayName: 'Probe',
	name: 'probe',
	group: ['transform'],
	version: [2, 3],
	description: 'Shows what the stand-in for n8n gives a node',
	defaults: { name: 'Probe' },
	inputs: [NodeConnectionTypes.Main, NodeConnectionTypes.AiLanguageModel],
	outputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main],
	credentials: [{ name: 'probeApi', required: true }],
	webhooks: [{ name: 'default', httpMethod: 'POST', path: 'sms' }],
	properties: [
		{ displayName: 'Text', name: 'text', type: 'string', default: 'by default' },
		{ displayName: 'URL', name: 'url', type: 'string', default: '' },
	],
};

const probe: INodeType = {
	description,
	async execute(this: IExecuteFunctions) {
		this.getWorkflowStaticData('node')['seen'] = true;
		const json = {
			version: this.getNode().typeVersion,
			text: this.getNodeParameter('text', 0) as string,
			fetched: (await this.helpers.httpRequestWithAuthentication.call(this, 'probeApi', {
				url: this.getNodeParameter('url', 0) as string,
			})) as string,
		};
		return [[], [{ json }]];
	},
	async webhook() {
		const form = this.getBodyData();
		this.getResponseObject().status(202).type('text/xml').send('<Response/>');
		return {
			noWebhookResponse: true,
			workflowData: [[{ json: { form, url: this.getNodeWebhookUrl('default') ?? null } }]],
		};
	},
	webhookMethods: {
		default: {
			async checkExists() {
				return (
					this.getWorkflowStaticData('node')['url'] === this.getNodeWebhookUrl('default')
				);
			},
			async create() {
				this.getWorkflowStaticData('node')['url'] = this.getNodeWebhookUrl('default');
				return true;
			},
			async delete() {
				delete this.getWorkflowStaticData('node')['url'];
				return true;
			},
		},
	},
};

describe('the stand-in for n8n', () => {
	const server = createServer((request, response) => {
		response.end(`authorized by ${request.headers.authorization ?? 'nobody'}`);
	});
	let url: string;

	beforeAll(async () => {
		server.listen(0, '127.0.0.1');
		await once(server, 'listening');
		url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
	});

	afterAll(() => {
		server.close();
	});

	const setup = {
		node: probe,
		credentials: { probeApi: { user: 'me' } },
		credentialTypes: [credentialType],
	};

	it('runs a node on each item with expressions, defaults and authenticated HTTP', async () => {
		const run = await runNode({
			...setup,
			parameters: { text: '={{ $json.body.toUpperCase() }}', url },
			items: [{ body: 'hi' }],
		});

		expect(run.error).toBeUndefined();
		const authorization = `Basic ${btoa('me:by default')}`;
		expect(run.outputs[1]?.[0]?.json).toEqual({
			version: 3,
			text: 'HI',
			fetched: `authorized by ${authorization}`,
		});
		expect(run.staticData).toEqual({ 'node:Probe': { seen: true } });
	});

	it('reports why a node failed', async () => {
		const run = await runNode({ ...setup, parameters: { url: 'http://127.0.0.1:1/' } });

		expect(run.error?.message).toMatch(/refused|ECONNREFUSED/);
		expect(run.outputs).toEqual([]);
	});

	it('calls a webhook with the form as n8n parses it', async () => {
		const { status, headers, body, result } = await callWebhook(setup, {
			form: [
				['Body', 'hi'],
				['Again', '1'],
				['Again', '2'],
			],
		});

		expect([status, body, headers.get('content-type')]).toEqual([
			202,
			'<Response/>',
			expect.stringContaining('text/xml'),
		]);
		const json = result?.workflowData?.[0]?.[0]?.json;
		expect(json).toMatchObject({ form: { Body: 'hi', Again: ['1', '2'] } });
		expect(Object.getPrototypeOf(json?.['form'])).toBeNull();
	});

	it('serves several calls of one webhook at once', async () => {
		const webhook = await listenWebhook({ ...setup, isTest: true });
		const answers = await Promise.all(
			['a', 'b'].map((body) => webhook.call({ form: { Body: body } })),
		);
		await webhook.close();

		expect(webhook.url).toBe('https://n8n.example/webhook-test/webhook-1/sms');
		expect(
			answers.map(({ result }) => result?.workflowData?.[0]?.[0]?.json['form']),
		).toMatchObject([{ Body: 'a' }, { Body: 'b' }]);
	});

	it('keeps static data between the registration hooks', async () => {
		const hooks = webhookHooks(setup);

		expect(await hooks.checkExists()).toBe(false);
		await hooks.create();
		expect(await hooks.checkExists()).toBe(true);
		expect(hooks.url).toBe('https://n8n.example/webhook/webhook-1/sms');
		await hooks.delete();
		expect(hooks.staticData).toEqual({ 'node:Probe': {} });
	});
});
