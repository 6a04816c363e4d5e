import { randomInt } from 'node:crypto';
import { contactFixture, type ContactFixture } from './contact-fixture';
import type { StoredWorkflow, WorkflowDefinition } from '../../../harness/n8n-client';
import { setUp, workflowFile, type Changes } from './workflow-file';
import { openE2eFixture, type E2eFixture } from './e2e-fixture';
import type { StoredCredential } from '../../../harness/workflow-nodes';

/** Where calls ring before anybody is texted. */
export const OWNERS_PHONE = '+14155550777';
/** The header that n8n's Webhook and HTTP Request nodes ask for and send. */
export const SECRET = { 'x-secret': 'only the two of us know this' };
/** What n8n's MCP Server Trigger asks for. */
export const TOKEN = 'only the two of us know this token';
export const SIGNING_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

/** The workflows that a builder can import, with what they need: credentials, numbers, people. */
export interface WorkflowsFixture {
	readonly fixture: E2eFixture;
	/** Imports a workflow, with all its credentials chosen. */
	add(definition: WorkflowDefinition, changes?: Changes): Promise<StoredWorkflow>;
	/** Imports a file and publishes it. One at a time: they share the numbers. */
	start(name: string, changes?: Changes): Promise<StoredWorkflow>;
	/** What the page of the missed calls tells the builder to fill in. */
	phoneNumbers(): Changes;
	/** What the page of the list tells the builder to choose: a table with these rows. */
	peopleTable(rows: Array<Record<string, string>>): Promise<Changes>;
	/** A table with these free times, under a name of its own. */
	timesTable(times: readonly string[]): Promise<TimesTable>;
	/** Takes what was started out of service. */
	stop(): Promise<void>;
	/** The phone of a person who has not texted yet. */
	somebody(): ContactFixture;
	close(): Promise<void>;
}

export interface TimesTable {
	changes: Changes;
	/** Who has which time; null where it is free. */
	booked(): Promise<Record<string, unknown>>;
}

export async function openWorkflowsFixture(): Promise<WorkflowsFixture> {
	const fixture = await openE2eFixture({ withService: true, numbers: 3 });
	const credentials = await credentialsIn(fixture);
	let running: StoredWorkflow | undefined;
	const tables: string[] = [];
	let people = 0;

	const add = async (definition: WorkflowDefinition, changes?: Changes) =>
		await fixture.addWorkflow(setUp(definition, credentials, changes));
	const addTable = async (about: string, rows: Array<Record<string, string>>) => {
		const name = `${about} ${randomInt(1e9)}`;
		const value = await fixture.client.createDataTable(name, rows);
		tables.push(value);
		return { name, value };
	};
	return {
		fixture,
		add,
		phoneNumbers: () => ({
			'Missed Call Trigger': {
				receiveOn: 'phoneNumbers',
				phoneNumbers: [fixture.number.sid],
				phones: OWNERS_PHONE,
			},
		}),
		async peopleTable(rows) {
			const { name, value } = await addTable('People to text', rows);
			const dataTableId = { __rl: true, mode: 'list', value, cachedResultName: name };
			return { 'People to text': { dataTableId } };
		},
		async timesTable(times) {
			const rows = times.map((time) => ({ time, status: 'free', contact: '' }));
			const { name, value } = await addTable('Appointment times', rows);
			const dataTableId = { __rl: true, mode: 'name', value: name };
			const tools = ['Free Times', 'Book Time', 'My Booking', 'Cancel Booking'];
			return {
				changes: Object.fromEntries(tools.map((tool) => [tool, { dataTableId }])),
				async booked() {
					const now = await fixture.client.dataTableRows(value);
					const entries = now.map(({ time, status, contact }): [string, unknown] => [
						String(time),
						status === 'free' ? contact || null : contact,
					]);
					return Object.fromEntries(entries);
				},
			};
		},
		async start(name, changes) {
			running = await add(workflowFile(name), changes);
			await fixture.client.activate(running.id);
			return running;
		},
		async stop() {
			if (running) await fixture.client.deactivate(running.id);
			running = undefined;
			fixture.model.clear();
		},
		somebody: () => contactFixture(fixture, `+1415556${String(++people).padStart(4, '0')}`),
		async close() {
			await Promise.allSettled(tables.map((id) => fixture.client.deleteDataTable(id)));
			await fixture.close();
		},
	};
}

/** By type. */
async function credentialsIn(fixture: E2eFixture): Promise<Record<string, StoredCredential>> {
	const { account, service, twilio, model } = fixture;
	const [name = '', value = ''] = Object.entries(SECRET)[0] ?? [];
	return {
		...fixture.credentials,
		twilioMessagingApi: await fixture.addCredential('twilioMessagingApi', {
			accountSid: account.accountSid,
			authToken: account.authToken,
			messagingServiceSid: service?.sid ?? '',
			notifySigningSecret: SIGNING_SECRET,
			apiBaseUrl: twilio.baseUrl,
		}),
		openAiApi: await fixture.addCredential('openAiApi', {
			apiKey: 'emulated-key',
			url: model.apiUrl,
		}),
		// For the same jobs done with n8n's own nodes.
		twilioApi: await fixture.addCredential('twilioApi', {
			authType: 'authToken',
			accountSid: account.accountSid,
			authToken: account.authToken,
		}),
		crypto: await fixture.addCredential('crypto', { hmacSecret: account.authToken }),
		httpHeaderAuth: await fixture.addCredential('httpHeaderAuth', { name, value }),
		httpBearerAuth: await fixture.addCredential('httpBearerAuth', { token: TOKEN }),
	};
}
