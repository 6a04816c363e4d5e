import { randomInt } from 'node:crypto';
import {
	startModelEmulator,
	type ModelEmulator,
	type ModelEmulatorOptions,
} from '../../../emulator/model-emulator';
import {
	startTwilioEmulator,
	type TwilioEmulator,
	type TwilioEmulatorOptions,
} from '../../../emulator/twilio-emulator';
import type { AccountRecord, NumberRecord, ServiceRecord } from '../../../emulator/twilio/records';
import type { N8nClient, StoredWorkflow, WorkflowDefinition } from '../../../harness/n8n-client';
import { sharedN8n } from './shared-n8n';
import type { StoredCredential, WithCredentials } from '../../../harness/workflow-nodes';

export interface E2eFixtureOptions {
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

/** An n8n, a Twilio account of one's own, a model, and credentials for both. */
export interface E2eFixture extends WithCredentials {
	readonly n8n: { readonly url: string };
	readonly client: N8nClient;
	readonly twilio: TwilioEmulator;
	readonly model: ModelEmulator;
	readonly account: AccountRecord;
	/** In the order they were bought; `number` is the first. */
	readonly numbers: NumberRecord[];
	readonly number: NumberRecord;
	readonly service: ServiceRecord | undefined;
	/** Stores a credential, and deletes it when the fixture is closed. */
	addCredential(type: string, data: object): Promise<StoredCredential>;
	/** Stores a workflow, and deletes it when the fixture is closed. */
	addWorkflow(workflow: WorkflowDefinition): Promise<StoredWorkflow>;
	/** Stores and activates it: its triggers are registered when this resolves. */
	startWorkflow(workflow: WorkflowDefinition): Promise<StoredWorkflow>;
	/** Takes all its workflows out of service. */
	deactivateAll(): Promise<void>;
	/** Removes workflows and credentials, then ends the emulators. */
	close(): Promise<void>;
}

/** Several n8n share the machine's cores: what is late here is no fault. */
const PATIENCE = 8;

export async function openE2eFixture(options: E2eFixtureOptions = {}): Promise<E2eFixture> {
	const n8n = options.n8n ?? sharedN8n();
	const { client } = n8n;
	const twilio = await startTwilioEmulator({ patience: PATIENCE, ...options.twilio });
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
		// The emulators last: switching a workflow off talks to Twilio.
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
			async deactivateAll() {
				await Promise.all(workflows.map(({ id }) => client.deactivate(id)));
			},
			close,
		};
	} catch (error) {
		await close();
		throw error;
	}
}

function twilioAccount(twilio: TwilioEmulator, options: E2eFixtureOptions) {
	const account = twilio.addAccount({ friendlyName: 'End-to-end test' });
	const numbers = Array.from({ length: options.numbers ?? 1 }, (_, index) =>
		twilio.addNumber(account.accountSid, { phoneNumber: `+1415555010${index}` }),
	);
	const [number] = numbers;
	if (!number) throw new Error('A fixture needs a number');
	const service = options.withService
		? twilio.addService(account.accountSid, {
				numbers: numbers.map(({ phoneNumber }) => phoneNumber),
			})
		: undefined;
	return { account, numbers, number, service };
}
