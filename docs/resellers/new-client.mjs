// Sets one client up in your n8n: credentials, workflow, publication. No packages, Node 18 or later.
//
//   N8N_URL=https://n8n.example.com N8N_API_KEY=... node new-client.mjs client.json workflow.json
//
// What goes into client.json is described in resellers.md. If anything fails, what was made is
// removed again, and the reason is printed. Tokens and keys are never printed.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

const PACKAGE = 'n8n-nodes-sms-agent.';
/** n8n connects itself at Twilio after it has answered, and tries five times. */
const CONNECT_WITHIN_MS = 40_000;

const [clientFile, workflowFile] = process.argv.slice(2);
const made = [];

try {
	if (!clientFile || !workflowFile) throw new Error('Give two files: client.json workflow.json');
	const client = readClient(clientFile);
	await refuseTakenName(client.name);
	const numberSid = await findNumber(client);
	const credentials = {
		twilioMessagingApi: await createCredential(client, 'Twilio', 'twilioMessagingApi', {
			accountSid: client.accountSid,
			authToken: client.authToken,
			messagingServiceSid: client.messagingServiceSid ?? '',
			...(client.twilioApiBaseUrl && { apiBaseUrl: client.twilioApiBaseUrl }),
		}),
		openAiCompatibleApi: client.modelCredentialId
			? { id: client.modelCredentialId, name: '' }
			: await createCredential(client, 'Model', 'openAiCompatibleApi', {
					apiKey: client.modelApiKey,
					baseUrl: client.modelBaseUrl ?? 'https://api.openai.com/v1',
				}),
	};
	const template = JSON.parse(readFileSync(workflowFile, 'utf8'));
	const { workflow, addresses } = forClient(template, client, credentials, numberSid);
	const { id } = await n8n('POST', '/workflows', workflow);
	made.unshift(() => removeWorkflow(id));
	await n8n('POST', `/workflows/${id}/activate`);
	await connected(client, numberSid, addresses);
	console.log(`${client.name} is connected: ${process.env.N8N_URL}/workflow/${id}`);
} catch (error) {
	for (const remove of made) await remove().catch(() => undefined);
	console.error(`Nothing was set up. ${error.message}`);
	process.exitCode = 1;
}

function readClient(file) {
	const client = JSON.parse(readFileSync(file, 'utf8'));
	const needed = ['name', 'accountSid', 'authToken', 'number', 'prompt'];
	const missing = needed.filter((field) => !client[field]);
	if (!client.modelApiKey && !client.modelCredentialId) missing.push('modelApiKey');
	if (missing.length > 0) throw new Error(`${file} lacks: ${missing.join(', ')}`);
	return client;
}

// ------------------------------------------------------------------------------------------- n8n

async function n8n(method, path, body) {
	const { N8N_URL, N8N_API_KEY } = process.env;
	if (!N8N_URL || !N8N_API_KEY) throw new Error('Set N8N_URL and N8N_API_KEY.');
	const response = await fetch(`${N8N_URL.replace(/\/+$/, '')}/api/v1${path}`, {
		method,
		headers: { 'X-N8N-API-KEY': N8N_API_KEY, 'content-type': 'application/json' },
		...(body && { body: JSON.stringify(body) }),
	});
	const answer = await response.json().catch(() => ({}));
	if (response.ok) return answer;
	throw new Error(`n8n, ${method} ${path}: ${response.status} ${answer.message ?? ''}`);
}

async function refuseTakenName(name) {
	const { data } = await n8n('GET', `/workflows?name=${encodeURIComponent(name)}`);
	if (data.some((workflow) => workflow.name === name)) {
		throw new Error(`There is a workflow called "${name}" already.`);
	}
}

async function createCredential(client, kind, type, data) {
	const name = `${client.name}: ${kind}`;
	const { id } = await n8n('POST', '/credentials', { name, type, data });
	made.unshift(() => n8n('DELETE', `/credentials/${id}`));
	return { id, name };
}

/** n8n refuses to delete what is published, and needs a moment to take it out of service. */
async function removeWorkflow(id) {
	await n8n('POST', `/workflows/${id}/deactivate`);
	await until(() =>
		n8n('DELETE', `/workflows/${id}`).then(
			() => true,
			() => false,
		),
	);
}

/** The workflow with the client's credentials, prompt, number and phone, and addresses of its own. */
function forClient(template, client, credentials, numberSid) {
	const addresses = {};
	const nodes = template.nodes.map((node) => {
		const parameters = { ...node.parameters };
		const kind = node.type.startsWith(PACKAGE) ? node.type.slice(PACKAGE.length) : '';
		if (parameters.agents) {
			const [agent] = parameters.agents.agent;
			parameters.agents = { agent: [{ ...agent, smsPrompt: client.prompt }] };
		}
		if (parameters.smsPrompt) parameters.smsPrompt = client.prompt;
		if (kind === 'incomingSmsTrigger' && !client.messagingServiceSid) {
			Object.assign(parameters, { receiveOn: 'phoneNumbers', phoneNumbers: [numberSid] });
		}
		if (kind === 'missedCallTrigger') {
			if (!client.forwardTo) throw new Error('client.json lacks: forwardTo');
			Object.assign(parameters, { phones: client.forwardTo, phoneNumbers: [numberSid] });
		}
		const wanted = Object.keys(node.credentials ?? {});
		const own = wanted.map((type) => {
			if (credentials[type]) return [type, credentials[type]];
			throw new Error(`The workflow needs a credential this script does not make: ${type}`);
		});
		// An older n8n gives a trigger no address, so it gets one here.
		const isTrigger = kind.endsWith('Trigger');
		const webhookId = (isTrigger || node.webhookId) && randomUUID();
		if (webhookId) addresses[kind] = webhookId;
		return {
			...node,
			parameters,
			id: randomUUID(),
			...(webhookId && { webhookId }),
			...(own.length > 0 && { credentials: Object.fromEntries(own) }),
		};
	});
	const { connections, settings } = template;
	return { workflow: { name: client.name, nodes, connections, settings }, addresses };
}

// ---------------------------------------------------------------------------------------- Twilio

async function twilio(client, product, path) {
	const base = client.twilioApiBaseUrl ?? `https://${product}.twilio.com`;
	const login = Buffer.from(`${client.accountSid}:${client.authToken}`).toString('base64');
	const response = await fetch(`${base}${path}`, {
		headers: { authorization: `Basic ${login}` },
	});
	if (response.ok) return await response.json();
	if (response.status === 401) {
		throw new Error('Twilio refuses accountSid or authToken; copy both again.');
	}
	throw new Error(`Twilio, ${path}: ${response.status}`);
}

function numbersPath({ accountSid, number }) {
	const query = `PhoneNumber=${encodeURIComponent(number)}`;
	return `/2010-04-01/Accounts/${accountSid}/IncomingPhoneNumbers.json?${query}`;
}

async function findNumber(client) {
	const { incoming_phone_numbers: found } = await twilio(client, 'api', numbersPath(client));
	const exact = found.find(({ phone_number: number }) => number === client.number);
	if (!exact) throw new Error(`${client.number} is not a number of this Twilio account.`);
	return exact.sid;
}

/** Twilio knows when n8n has connected the workflow; n8n's own answer comes before that. */
async function connected(client, numberSid, addresses) {
	const done = await until(async () => {
		const { incoming_phone_numbers: numbers } = await twilio(
			client,
			'api',
			numbersPath(client),
		);
		const number = numbers.find(({ sid }) => sid === numberSid) ?? {};
		const service = client.messagingServiceSid
			? await twilio(client, 'messaging', `/v1/Services/${client.messagingServiceSid}`)
			: {};
		const texts = `${service.inbound_request_url} ${number.sms_url}`;
		const { incomingSmsTrigger, missedCallTrigger } = addresses;
		return (
			(!incomingSmsTrigger || texts.includes(incomingSmsTrigger)) &&
			(!missedCallTrigger || `${number.voice_url}`.includes(missedCallTrigger))
		);
	});
	if (done) return;
	throw new Error(
		'n8n did not connect the workflow at Twilio. Another app may own the number; publish the workflow in the editor to see why.',
	);
}

/** True as soon as it holds; false when it did not in time. */
async function until(holds) {
	const deadline = Date.now() + CONNECT_WITHIN_MS;
	while (Date.now() < deadline) {
		if (await holds()) return true;
		await new Promise((resolve) => setTimeout(resolve, 500));
	}
	return false;
}
