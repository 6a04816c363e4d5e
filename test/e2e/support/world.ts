import { randomInt } from 'node:crypto';
import type { INode, INodeParameters } from 'n8n-workflow';
import {
	startModelEmulator,
	type ModelEmulator,
	type ModelEmulatorOptions,
} from '../../emulator/model-emulator';
import {
	startTwilioEmulator,
	type TwilioEmulator,
	type TwilioEmulatorOptions,
} from '../../emulator/twilio-emulator';
import type { AccountRecord, NumberRecord, ServiceRecord } from '../../emulator/twilio/records';
import type { N8nClient, StoredWorkflow, WorkflowDefinition } from './n8n-client';
import { sharedN8n } from './shared-n8n';

export interface WorldOptions {
	/** Default: the n8n that all files share. */
	n8n?: { url: string; client: N8nClient };
	/** How many numbers the Twilio account has. Default 1. */
	numbers?: number;
	/** Puts the numbers into a Messaging Service, which the credential then names. Default false. */
	withService?: boolean;
	twilio?: TwilioEmulatorOptions;
	model?: ModelEmulatorOptions;
}

/** The key that the model asks for. */
const MODEL_KEY = 'emulated-key';

export interface StoredCredential {
	id: string;
	name: string;
}

/** An n8n, a Twilio account of one's own, a model, and credentials for both. */
export interface World {
	readonly n8n: { readonly url: string };
	readonly client: N8nClient;
	readonly twilio: TwilioEmulator;
	readonly model: ModelEmulator;
	readonly account: AccountRecord;
	/** In the order they were bought; `number` is the first. */
	readonly numbers: NumberRecord[];
	readonly number: NumberRecord;
	readonly service: ServiceRecord | undefined;
	/** By credential type, as a node refers to them. */
	readonly credentials: {
		twilioMessagingApi: StoredCredential;
		openAiCompatibleApi: StoredCredential;
	};
	/** Stores a credential, and deletes it when the world is closed. */
	addCredential(type: string, data: object): Promise<StoredCredential>;
	/** Stores a workflow, and deletes it when the world is closed. */
	addWorkflow(workflow: WorkflowDefinition): Promise<StoredWorkflow>;
	/** Stores and activates it: its triggers are registered when this resolves. */
	startWorkflow(workflow: WorkflowDefinition): Promise<StoredWorkflow>;
	/** Removes workflows and credentials, then ends the stand-ins. */
	close(): Promise<void>;
}

export async function openWorld(options: WorldOptions = {}): Promise<World> {
	const n8n = options.n8n ?? sharedN8n();
	const { client } = n8n;
	const twilio = await startTwilioEmulator(options.twilio);
	const model = await startModelEmulator({ apiKey: MODEL_KEY, ...options.model });
	const workflows: StoredWorkflow[] = [];
	const stored: StoredCredential[] = [];

	const addCredential = async (type: string, data: object) => {
		const name = `${type} ${randomInt(1e9)}`;
		const id = await client.createCredential({ name, type, data: { ...data } });
		const credential = { id, name };
		stored.push(credential);
		return credential;
	};
	const addWorkflow = async (definition: WorkflowDefinition) => {
		const workflow = await client.createWorkflow(definition);
		workflows.push(workflow);
		return workflow;
	};
	const close = async () => {
		// The stand-ins last: switching a workflow off talks to Twilio.
		await Promise.allSettled(workflows.map(({ id }) => client.deleteWorkflow(id)));
		await Promise.allSettled(stored.map(({ id }) => client.deleteCredential(id)));
		await Promise.all([twilio.close(), model.close()]);
	};

	try {
		const owned = twilioAccount(twilio, options);
		const { account, service } = owned;
		const credentials = {
			twilioMessagingApi: await addCredential('twilioMessagingApi', {
				accountSid: account.accountSid,
				authToken: account.authToken,
				apiBaseUrl: twilio.baseUrl,
				...(service && { messagingServiceSid: service.sid }),
			}),
			openAiCompatibleApi: await addCredential('openAiCompatibleApi', {
				apiKey: MODEL_KEY,
				baseUrl: model.apiUrl,
			}),
		};
		return {
			n8n,
			client,
			twilio,
			model,
			...owned,
			credentials,
			addCredential,
			addWorkflow,
			async startWorkflow(definition) {
				const workflow = await addWorkflow(definition);
				await client.activate(workflow.id);
				return workflow;
			},
			close,
		};
	} catch (error) {
		await close();
		throw error;
	}
}

function twilioAccount(twilio: TwilioEmulator, options: WorldOptions) {
	const account = twilio.addAccount({ friendlyName: 'End-to-end test' });
	const numbers = Array.from({ length: options.numbers ?? 1 }, (_, index) =>
		twilio.addNumber(account.accountSid, { phoneNumber: `+1415555010${index}` }),
	);
	const [number] = numbers;
	if (!number) throw new Error('A world needs a number');
	const service = options.withService
		? twilio.addService(account.accountSid, {
				numbers: numbers.map(({ phoneNumber }) => phoneNumber),
			})
		: undefined;
	return { account, numbers, number, service };
}

/** A node of this package as a workflow stores it, with the world's credentials that it can use. */
export function nodeIn(
	world: Pick<World, 'credentials'>,
	node: {
		/** `sendSms`, `incomingSmsTrigger` ... */
		type: string;
		name: string;
		parameters?: INodeParameters;
		typeVersion?: number;
		/** Types of the credentials it is given. */
		credentials?: Array<keyof World['credentials']>;
		settings?: Partial<INode>;
	},
): INode {
	const given = (node.credentials ?? ['twilioMessagingApi']).map((type) => [
		type,
		world.credentials[type],
	]);
	return {
		id: `id-${node.name}`,
		name: node.name,
		type: `n8n-nodes-sms-agent.${node.type}`,
		typeVersion: node.typeVersion ?? 2,
		position: [0, 0],
		parameters: node.parameters ?? {},
		credentials: Object.fromEntries(given) as NonNullable<INode['credentials']>,
		...node.settings,
	};
}

/** Connections of nodes that follow one another by their first output. */
export function inARow(...names: string[]): WorkflowDefinition['connections'] {
	return Object.fromEntries(
		names.slice(0, -1).map((name, index) => {
			const next = names[index + 1] ?? '';
			return [name, { main: [[{ node: next, type: 'main' as const, index: 0 }]] }];
		}),
	);
}
