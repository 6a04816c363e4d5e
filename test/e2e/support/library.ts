import { contactPhone, type ContactPhone } from './contact-phone';
import type { StoredWorkflow, WorkflowDefinition } from './n8n-client';
import { setUp, workflowFile, type Changes } from './workflow-file';
import { openWorld, type StoredCredential, type World } from './world';

/** Where calls ring before anybody is texted. */
export const OWNERS_PHONE = '+14155550777';
/** The header that n8n's Webhook and HTTP Request nodes ask for and send. */
export const SECRET = { 'x-secret': 'only the two of us know this' };
/** What n8n's MCP Server Trigger asks for. */
export const TOKEN = 'only the two of us know this token';
export const SIGNING_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

/** The workflows that a builder can import, with what they need: credentials, numbers, people. */
export interface Library {
	readonly world: World;
	/** Imports a workflow, with all its credentials chosen. */
	add(definition: WorkflowDefinition, changes?: Changes): Promise<StoredWorkflow>;
	/** Imports a file and publishes it. One at a time: they share the numbers. */
	start(name: string, changes?: Changes): Promise<StoredWorkflow>;
	/** What the page of the missed calls tells the builder to fill in. */
	phoneNumbers(): Changes;
	/** Takes what was started out of service. */
	stop(): Promise<void>;
	/** The phone of a person who has not texted yet. */
	somebody(): ContactPhone;
	close(): Promise<void>;
}

export async function openLibrary(): Promise<Library> {
	const world = await openWorld({ withService: true, numbers: 3 });
	const credentials = await credentialsIn(world);
	let running: StoredWorkflow | undefined;
	let people = 0;

	const add = async (definition: WorkflowDefinition, changes?: Changes) =>
		await world.addWorkflow(setUp(definition, credentials, changes));
	return {
		world,
		add,
		phoneNumbers: () => ({
			'Missed Call Trigger': { phoneNumbers: [world.number.sid], phones: OWNERS_PHONE },
		}),
		async start(name, changes) {
			running = await add(workflowFile(name), changes);
			await world.client.activate(running.id);
			return running;
		},
		async stop() {
			if (running) await world.client.deactivate(running.id);
			running = undefined;
			world.model.clear();
		},
		somebody: () => contactPhone(world, `+1415556${String(++people).padStart(4, '0')}`),
		close: () => world.close(),
	};
}

/** By type. */
async function credentialsIn(world: World): Promise<Record<string, StoredCredential>> {
	const { account, service, twilio, model } = world;
	const [name = '', value = ''] = Object.entries(SECRET)[0] ?? [];
	return {
		...world.credentials,
		twilioMessagingApi: await world.addCredential('twilioMessagingApi', {
			accountSid: account.accountSid,
			authToken: account.authToken,
			messagingServiceSid: service?.sid ?? '',
			notifySigningSecret: SIGNING_SECRET,
			apiBaseUrl: twilio.baseUrl,
		}),
		openAiApi: await world.addCredential('openAiApi', {
			apiKey: 'emulated-key',
			url: model.apiUrl,
		}),
		// For the same jobs done with n8n's own nodes.
		twilioApi: await world.addCredential('twilioApi', {
			authType: 'authToken',
			accountSid: account.accountSid,
			authToken: account.authToken,
		}),
		crypto: await world.addCredential('crypto', { hmacSecret: account.authToken }),
		httpHeaderAuth: await world.addCredential('httpHeaderAuth', { name, value }),
		httpBearerAuth: await world.addCredential('httpBearerAuth', { token: TOKEN }),
	};
}
