// Sets clients up in your n8n, changes them and removes them. No packages, Node 18.3 or later.
//
//   N8N_URL=https://n8n.example.com N8N_API_KEY=... node new-client.mjs CLIENTS workflow.json
//   ... node new-client.mjs CLIENTS --update
//   ... node new-client.mjs CLIENTS --remove
//
// CLIENTS is a file with one client or a list of them, or a folder of such files. What a client
// consists of is described in resellers.md. --dry-run shows what would be done, and does nothing.
// A command may be given twice: what is done already is left alone, and what stopped half-way goes
// on. Tokens, keys and passwords are never printed.
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';

const PACKAGE = 'n8n-nodes-sms-agent.';
/** n8n connects itself at Twilio after it has answered, and tries five times. */
const CONNECT_WITHIN_MS = 40_000;
const ANSWER_WITHIN_MS = 30_000;

const USAGE =
	'Give the clients and a workflow: node new-client.mjs client.json workflow.json. To change or remove them: node new-client.mjs client.json --update (or --remove). With --dry-run nothing is done.';

/** Fields of a client that are options of the Missed Call Trigger, by the same name. */
const CALL_FIELDS = [
	'ringSeconds',
	'ringOrder',
	'callerId',
	'acceptByKey',
	'goodbye',
	'voicemail',
	'greeting',
];
const FIELDS = [
	...['name', 'formerName', 'accountSid', 'authToken', 'messagingServiceSid', 'number'],
	...['takeOver', 'prompt', 'ownerPhone', 'forwardTo', ...CALL_FIELDS],
	...['model', 'modelApiKey', 'modelBaseUrl', 'modelCredentialId'],
	...['keepConversationsIn', 'databaseFile', 'store', 'storeCredentialId', 'twilioApiBaseUrl'],
];

/** As the editor calls them under Keep Conversations In. */
const STORES = {
	Automatic: { value: 'automatic' },
	'This Workflow': { value: 'staticData' },
	'File on the Server': { value: 'embedded' },
	Redis: { value: 'redis', credential: 'threadStoreRedisApi' },
	Postgres: { value: 'postgres', credential: 'threadStorePostgresApi' },
};
const STORE_CREDENTIALS = ['threadStoreRedisApi', 'threadStorePostgresApi'];

/** The note on the canvas by which the script knows its own workflows again. */
const NOTE = 'Client';

/** The Send SMS that texts the client's own phone when somebody needs a person. */
const TELL_OWNER = 'Tell the owner';

const secrets = [];

try {
	const { clients, template, mode, dryRun } = readCommand();
	const act = { new: setUp, update, remove }[mode];
	await n8n('GET', '/workflows?limit=1');
	const counts = {};
	for (const client of clients) {
		const outcome = await act(client, dryRun, template).catch((error) => {
			say(console.error, `${client.name}: ${error.message}`);
			return 'failed';
		});
		counts[outcome] = (counts[outcome] ?? 0) + 1;
	}
	const summary = Object.entries(counts).map(([outcome, count]) => `${count} ${outcome}`);
	say(console.log, `${countOf(clients.length, 'client')}: ${summary.join(', ')}.`);
	if (counts.failed) process.exitCode = 1;
} catch (error) {
	say(console.error, `Nothing was done. ${error.message}`);
	process.exitCode = 1;
}

// ---------------------------------------------------------------------------------- the commands

/** One client: credentials, workflow, publication. Goes on where an earlier run has stopped. */
async function setUp(client, dryRun, template) {
	await assertNumber(client);
	const stored = await findWorkflow(client);
	if (stored) {
		const made = noteOf(stored);
		if (made?.accountSid !== client.accountSid || made.number !== client.number) {
			throw new Error(
				`there is a workflow called "${client.name}" already, which ${made ? 'is of another Twilio account or number' : 'this script did not make'}. Choose another name.`,
			);
		}
		if (stored.active && (await isConnected(client, stored))) {
			say(
				console.log,
				`${client.name} is connected already: ${linkTo(stored.id)}. --update writes into it what its file says.`,
			);
			return 'as before';
		}
	}
	if (dryRun) {
		const what = stored ? `go on with ${linkTo(stored.id)}` : 'make credentials and a workflow';
		say(console.log, `${client.name}: would ${what}, publish it and connect ${client.number}.`);
		return 'to set up';
	}
	const id = stored ? await goOn(client, stored) : await make(client, template);
	try {
		await publish(client, id);
	} catch (error) {
		// So that the next run begins with a workflow that is out of service for sure.
		await unpublish(id).catch(() => undefined);
		throw new Error(
			`${error.message} The workflow is kept: ${linkTo(id)}. Mend that and give the same command again: it goes on from there.`,
		);
	}
	say(console.log, `${client.name} is connected: ${linkTo(id)}`);
	return 'set up';
}

async function make(client, template) {
	const made = [];
	try {
		const credentials = await giveCredentials(client, [], made);
		const workflow = forClient(asNew(template), client, credentials, made);
		return (await n8n('POST', '/workflows', workflow)).id;
	} catch (error) {
		// n8n may have made the workflow and its answer got lost: then its credentials are in use.
		const isMade = await findWorkflow(client).catch(() => true);
		if (isMade) throw new Error(`${error.message} Give the same command again.`);
		const kept = [];
		for (const id of made) {
			await n8n('DELETE', `/credentials/${id}`).catch(() => kept.push(id));
		}
		const rest =
			kept.length > 0 ? ` Delete these credentials by hand: ${kept.join(', ')}.` : '';
		throw new Error(`${error.message} Nothing was set up.${rest}`);
	}
}

async function goOn(client, stored) {
	if (stored.active) await unpublish(stored.id);
	const workflow = await refilled(client, stored);
	await n8n('PUT', `/workflows/${stored.id}`, workflow);
	return stored.id;
}

/** Writes what the file says into the client's workflow, and leaves the rest of it alone. */
async function update(client, dryRun) {
	await assertNumber(client);
	const stored = await findOwn(client);
	if (!stored) throw new Error('there is no such workflow. Without --update it is set up.');
	const before = definitionOf(stored);
	const planned = forClient(stored, client, idsGiven(client), noteOf(stored).made);
	const lines = changesBetween(before, planned);
	if (dryRun) {
		const names = Object.values(credentialsOf(client)).map(({ name }) => name);
		const written = `Written anew, as n8n shows nobody what is in them: ${names.join(', ')}`;
		say(console.log, [`${client.name}: ${linkTo(stored.id)}`, ...lines, written].join('\n  '));
		return lines.length > 0 ? 'to change' : 'as before';
	}
	const { number, messagingServiceSid } = noteOf(stored);
	const moves =
		number !== client.number || messagingServiceSid !== (client.messagingServiceSid ?? '');
	if (moves && stored.active) {
		// Another number: the old one gets back what it had, as long as n8n knows how to reach it.
		await unpublish(stored.id);
		await disconnected({ ...client, number, messagingServiceSid }, stored);
	}
	const workflow = await refilled(client, stored);
	const isSame = isDeepStrictEqual(before, workflow);
	if (!isSame) await n8n('PUT', `/workflows/${stored.id}`, workflow);
	if (stored.active && (moves || (isSame && !(await isConnected(client, stored))))) {
		// Also after an earlier update that n8n could not publish.
		await unpublish(stored.id);
		await publish(client, stored.id).catch((error) => {
			throw new Error(
				`${error.message} Mend that, and give the command that sets the client up: it publishes the workflow.`,
			);
		});
	} else if (stored.active && !isSame) {
		const touched = triggersOf(workflow).filter(
			(node) => !before.nodes.some((each) => isDeepStrictEqual(each, node)),
		);
		await republished(client, touched, stored);
	}
	say(console.log, [`${client.name}: ${linkTo(stored.id)}`, ...lines].join('\n  '));
	if (!stored.active) say(console.log, '  It is not published, and stays so.');
	return lines.length > 0 ? 'changed' : 'as before';
}

/** Twilio first gets back what it had; then the workflow goes, and credentials made for it. */
async function remove(client, dryRun) {
	const stored = await findOwn(client);
	if (!stored) {
		say(console.log, `${client.name}: there is no such workflow.`);
		return 'not there';
	}
	const { made, number, messagingServiceSid } = noteOf(stored);
	const inUse = await credentialsInUse(stored.id);
	const going = made.filter((id) => !inUse.has(id));
	const kept = made.length - going.length;
	const others = kept > 0 ? ` (${countOf(kept, 'credential')} used elsewhere: kept)` : '';
	const what = `workflow ${stored.id} and ${countOf(going.length, 'credential')}${others}`;
	if (dryRun) {
		say(console.log, `${client.name}: would unpublish and delete ${what}.`);
		return 'to remove';
	}
	await unpublish(stored.id);
	await disconnected({ ...client, number, messagingServiceSid }, stored);
	// n8n refuses to delete what is published, and needs a moment to take it out of service.
	let refusal;
	const isGone = await until(async () => {
		const gone = await n8n('DELETE', `/workflows/${stored.id}`).catch((error) => {
			refusal = error;
		});
		return gone !== undefined;
	});
	if (!isGone) throw refusal;
	for (const id of going) await n8n('DELETE', `/credentials/${id}`);
	say(console.log, `${client.name}: removed ${what}.`);
	return 'removed';
}

// --------------------------------------------------------------------------- what the reseller gave

function readCommand() {
	const { values, positionals } = parseArgs({
		allowPositionals: true,
		options: Object.fromEntries(
			['update', 'remove', 'dry-run'].map((name) => [name, { type: 'boolean' }]),
		),
	});
	const [clientsPath, workflowFile] = positionals;
	const mode = values.update ? 'update' : values.remove ? 'remove' : 'new';
	const isComplete = clientsPath && (mode !== 'new' || workflowFile);
	if (!isComplete || (values.update && values.remove)) throw new Error(USAGE);
	const { N8N_URL, N8N_API_KEY } = process.env;
	if (!N8N_URL || !N8N_API_KEY) throw new Error('Set N8N_URL and N8N_API_KEY.');
	if (!/^https?:\/\/[^/\s]+/.test(N8N_URL)) {
		throw new Error('N8N_URL is no address. Write it as https://n8n.example.com.');
	}
	secrets.push(N8N_API_KEY);
	const clients = readClients(clientsPath, mode);
	const template = mode === 'new' ? readJson(workflowFile) : undefined;
	if (template && !Array.isArray(template.nodes)) {
		throw new Error(`${workflowFile} is not a workflow of n8n.`);
	}
	return { clients, template, mode, dryRun: values['dry-run'] === true };
}

function readClients(path, mode) {
	const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory();
	const files = isFolder
		? readdirSync(path)
				.filter((file) => file.endsWith('.json'))
				.map((file) => join(path, file))
		: [path];
	const clients = files.flatMap((file) => {
		const content = readJson(file);
		// A workflow may lie beside the clients.
		if (isFolder && Array.isArray(content.nodes)) return [];
		return [content].flat().map((client) => checked(client, mode, file));
	});
	if (clients.length === 0) throw new Error(`There is no client in ${path}.`);
	for (const field of ['name', 'number']) {
		const given = clients.map((client) => client[field]);
		const twice = given.find((value, index) => given.indexOf(value) < index);
		if (twice) throw new Error(`Two clients have the ${field} ${twice}.`);
	}
	return clients;
}

function checked(client, mode, file) {
	secrets.push(client.authToken, client.modelApiKey, client.store?.password);
	const whose = client.name ? `${file}, ${client.name}` : file;
	const unknown = Object.keys(client).filter((field) => !FIELDS.includes(field));
	if (unknown.length > 0) {
		throw new Error(
			`${whose} has fields that this script does not know: ${unknown.join(', ')}. It knows: ${FIELDS.join(', ')}.`,
		);
	}
	const needed = ['name', 'accountSid', 'authToken', 'number'];
	if (mode !== 'remove') needed.push('prompt');
	if (mode === 'new' && !client.modelCredentialId) needed.push('modelApiKey');
	const missing = needed.filter((field) => !client[field]);
	if (missing.length > 0) throw new Error(`${whose} lacks: ${missing.join(', ')}`);
	const store = storeOf(client, whose);
	if (store?.credential && mode === 'new' && !client.store && !client.storeCredentialId) {
		throw new Error(`${whose} lacks: store (or storeCredentialId), where the server is.`);
	}
	const phones = client.forwardTo?.split(',').map((phone) => e164(phone, 'forwardTo', whose));
	return {
		...client,
		number: e164(client.number, 'number', whose),
		...(phones && { forwardTo: phones.join(', ') }),
		...(client.ownerPhone && { ownerPhone: e164(client.ownerPhone, 'ownerPhone', whose) }),
	};
}

function e164(typed, field, whose) {
	const number = String(typed).replace(/[\s().-]/g, '');
	if (/^\+[1-9]\d{6,14}$/.test(number)) return number;
	throw new Error(
		`${whose}, ${field}: write ${typed} with + and country code, for example +14155550100.`,
	);
}

/** Undefined where the client says nothing of it. */
function storeOf({ keepConversationsIn: given }, whose) {
	if (!given) return undefined;
	const names = Object.keys(STORES);
	const name = names.find((each) => each.toLowerCase() === given.toLowerCase());
	if (name) return STORES[name];
	throw new Error(`${whose}, keepConversationsIn: write one of ${names.join(', ')}.`);
}

/** Node's own words quote the file, secrets and all. */
function readJson(file) {
	let text;
	try {
		text = readFileSync(file, 'utf8');
	} catch {
		throw new Error(`There is no file ${file}, or it cannot be read.`);
	}
	try {
		return JSON.parse(text);
	} catch (error) {
		const at = /position (\d+)/.exec(error.message)?.[1];
		const line = at ? `, about line ${text.slice(0, Number(at)).split('\n').length}` : '';
		throw new Error(`${file} is not JSON${line}: look for a missing comma or quote.`);
	}
}

// -------------------------------------------------------------------------- what becomes of a client

/** A workflow of n8n with the client's fields filled in; of a stored one, the rest stays. */
function forClient({ nodes, connections, settings }, client, credentials, made) {
	const isOwn = ({ name, type }) => name === NOTE && type === 'n8n-nodes-base.stickyNote';
	const note = nodes.find(isOwn) ?? newNote(nodes);
	const filled = nodes.filter((node) => !isOwn(node)).map((node) => fill(node, client));
	const all = filled.map(({ node }) => node);
	if (!filled.some(({ hasPrompt }) => hasPrompt)) {
		throw new Error('the workflow has no agent whose SMS Prompt could be filled in.');
	}
	for (const node of all) {
		const chosen = credentialsFor(node, client, credentials, made);
		if (node.credentials || Object.keys(chosen).length > 0) node.credentials = chosen;
	}
	return {
		name: client.name,
		nodes: [
			...all,
			{ ...note, parameters: { ...note.parameters, content: noteText(client, made) } },
		],
		connections,
		settings,
	};
}

function fill(given, client) {
	const node = { ...given, parameters: { ...given.parameters } };
	const { parameters } = node;
	const kind = given.type.startsWith(PACKAGE) ? given.type.slice(PACKAGE.length) : '';
	// What begins with "=" takes the prompt from another node, so that it stands in one place.
	const isTaken = (value) => typeof value === 'string' && value.startsWith('=');
	const [agent, ...others] = parameters.agents?.agent ?? [];
	let hasPrompt = false;
	if (agent && !isTaken(agent.smsPrompt)) {
		parameters.agents = { agent: [{ ...agent, smsPrompt: client.prompt }, ...others] };
		hasPrompt = true;
	}
	if (parameters.smsPrompt && !isTaken(parameters.smsPrompt)) {
		parameters.smsPrompt = client.prompt;
		hasPrompt = true;
	}
	if (client.model && parameters.model) {
		parameters.model = { __rl: true, mode: 'id', value: client.model };
	}
	if (kind === 'incomingSmsTrigger') {
		const own = client.messagingServiceSid
			? { receiveOn: 'messagingService' }
			: { receiveOn: 'phoneNumbers', phoneNumbers: [client.number] };
		Object.assign(parameters, own);
	}
	if (kind === 'missedCallTrigger') {
		if (!client.forwardTo) throw new Error('its file lacks: forwardTo');
		const own = { receiveOn: 'phoneNumbers', phoneNumbers: [client.number] };
		Object.assign(parameters, { phones: client.forwardTo, ...own });
		const wanted = CALL_FIELDS.filter((field) => client[field] !== undefined);
		const options = Object.fromEntries(wanted.map((field) => [field, client[field]]));
		if (wanted.length > 0) parameters.options = { ...parameters.options, ...options };
	}
	if (kind === 'sendSms' && given.name === TELL_OWNER) {
		// The first phone that rings is the owner's, where the file names no other.
		const phone = client.ownerPhone ?? client.forwardTo?.split(', ')[0];
		if (!phone) throw new Error('its file lacks: ownerPhone');
		parameters.to = phone;
	}
	if (isTrigger(given) && client.takeOver !== undefined) {
		parameters.options = { ...parameters.options, overwriteWebhook: client.takeOver };
	}
	const store = storeOf(client, client.name);
	if (kind && store) {
		const isTold = kind.endsWith('Trigger') || store.credential;
		parameters.threadStore = isTold ? store.value : 'asTrigger';
		delete parameters.threadStoreFile;
		if (store.value === 'embedded' && client.databaseFile && isTold) {
			parameters.threadStoreFile = client.databaseFile;
		}
	}
	return { node, hasPrompt };
}

/** Of each type, the one of the client; one that was chosen in the editor stays. */
function credentialsFor({ type: nodeType, credentials: given }, client, own, made) {
	const store = storeOf(client, client.name);
	const entries = Object.entries(given ?? {}).filter(
		([type]) => !store || !STORE_CREDENTIALS.includes(type),
	);
	const before = Object.fromEntries(entries);
	if (store?.credential && nodeType.startsWith(PACKAGE)) {
		before[store.credential] = given?.[store.credential] ?? { id: '' };
	}
	const chosen = Object.entries(before).map(([type, { id, name }]) => {
		const isReplaced = !id || made.includes(id) || own[type]?.isGiven;
		if (!isReplaced) return [type, { id, name }];
		if (own[type]) return [type, { id: own[type].id, name: own[type].name ?? name }];
		if (id) return [type, { id, name }];
		throw new Error(`the workflow needs a credential that this script does not make: ${type}`);
	});
	return Object.fromEntries(chosen);
}

/**
 * A file may come from another client: two workflows with the same addresses take each other's
 * requests, and nobody shall text with somebody else's credential.
 */
function asNew(template) {
	const nodes = template.nodes.map((node) => {
		const needsAddress = node.webhookId || isTrigger(node);
		const types = Object.keys(node.credentials ?? {});
		return {
			...node,
			id: randomUUID(),
			...(needsAddress && { webhookId: randomUUID() }),
			...(types.length > 0 && {
				credentials: Object.fromEntries(types.map((type) => [type, { id: '', name: '' }])),
			}),
		};
	});
	return { ...template, nodes };
}

function newNote(nodes) {
	const left = Math.min(...nodes.map(({ position }) => position[0]));
	const top = Math.min(...nodes.map(({ position }) => position[1]));
	return {
		parameters: { height: 200, width: 620, color: 4 },
		id: randomUUID(),
		name: NOTE,
		type: 'n8n-nodes-base.stickyNote',
		typeVersion: 1,
		position: [left, top - 240],
	};
}

function noteText({ name, accountSid, number, messagingServiceSid }, made) {
	return [
		`## ${name}`,
		'Set up by new-client.mjs. To change the prompt, the phones or the number, change the file of the client and run it with --update: it writes the prompt to every place that has one. Leave this note here: by it the script knows the workflow again.',
		'',
		`Twilio account ${accountSid}, number ${number}, Messaging Service ${messagingServiceSid || 'none'}`,
		'',
		`Credentials made for it: ${made.join(', ') || 'none'}`,
	].join('\n');
}

/** What the note says; undefined for a workflow that the script did not make. */
function noteOf({ nodes }) {
	const content = nodes.find(({ name }) => name === NOTE)?.parameters?.content ?? '';
	const found = /^Twilio account (\w+), number (\+\d+), Messaging Service (\w+)$/m.exec(content);
	if (!found) return undefined;
	const [, accountSid, number, service] = found;
	const made = /^Credentials made for it: (.*)$/m.exec(content)?.[1] ?? '';
	return {
		accountSid,
		number,
		messagingServiceSid: service === 'none' ? '' : service,
		made: made.split(', ').filter((id) => id && id !== 'none'),
	};
}

function isTrigger({ type }) {
	return type.startsWith(PACKAGE) && type.endsWith('Trigger');
}

function triggersOf({ nodes }) {
	return nodes.filter(isTrigger);
}

/** One line per field that changes, in the words of the workflow's JSON. */
function changesBetween(before, after) {
	const lines = before.name === after.name ? [] : [`name: ${before.name} → ${after.name}`];
	for (const node of after.nodes) {
		const old = before.nodes.find(({ id }) => id === node.id) ?? {};
		if (node.name === NOTE) continue;
		const [was, is] = [leaves(old.parameters), leaves(node.parameters)];
		for (const path of new Set([...Object.keys(was), ...Object.keys(is)])) {
			if (was[path] === is[path]) continue;
			lines.push(`${node.name}, ${path}: ${brief(was[path])} → ${brief(is[path])}`);
		}
		for (const type of Object.keys({ ...old.credentials, ...node.credentials })) {
			const [from, to] = [old.credentials?.[type]?.id, node.credentials?.[type]?.id];
			if (from !== to) lines.push(`${node.name}, ${type}: ${brief(from)} → ${brief(to)}`);
		}
	}
	return lines;
}

/** `{ 'agents.agent.0.name': 'Ava' }` */
function leaves(value, path = '') {
	if (typeof value !== 'object' || value === null) return path ? { [path]: value } : {};
	const entries = Object.entries(value).map(([key, inner]) =>
		leaves(inner, path ? `${path}.${key}` : key),
	);
	return Object.assign({}, ...entries);
}

function brief(value) {
	if (value === undefined || value === '') return 'nothing';
	const text = String(value).replace(/\s+/g, ' ');
	return text.length > 60 ? `"${text.slice(0, 57)}..."` : `"${text}"`;
}

function definitionOf({ name, nodes, connections, settings }) {
	return { name, nodes, connections, settings };
}

// ------------------------------------------------------------------------------------- credentials

/** Ids that the file names itself; for a dry run, all that is known beforehand. */
function idsGiven({ modelCredentialId, storeCredentialId, ...client }) {
	const { credential } = storeOf(client, client.name) ?? {};
	return {
		...(modelCredentialId && { openAiCompatibleApi: { id: modelCredentialId, isGiven: true } }),
		...(credential &&
			storeCredentialId && { [credential]: { id: storeCredentialId, isGiven: true } }),
	};
}

/** What is made for the client, by type. */
function credentialsOf(client) {
	const store = storeOf(client, client.name);
	const given = idsGiven(client);
	const all = {
		twilioMessagingApi: {
			name: `${client.name}: Twilio`,
			data: {
				accountSid: client.accountSid,
				authToken: client.authToken,
				messagingServiceSid: client.messagingServiceSid ?? '',
				...(client.twilioApiBaseUrl && { apiBaseUrl: client.twilioApiBaseUrl }),
			},
		},
		...(client.modelApiKey && {
			openAiCompatibleApi: {
				name: `${client.name}: Model`,
				data: {
					apiKey: client.modelApiKey,
					baseUrl: client.modelBaseUrl ?? 'https://api.openai.com/v1',
				},
			},
		}),
		...(store?.credential &&
			client.store && {
				[store.credential]: { name: `${client.name}: Conversations`, data: client.store },
			}),
	};
	return Object.fromEntries(Object.entries(all).filter(([type]) => !given[type]));
}

/** Makes them, or writes those anew that were made for these nodes. Adds to `made`. */
async function giveCredentials(client, nodes, made) {
	const own = idsGiven(client);
	for (const [type, { name, data }] of Object.entries(credentialsOf(client))) {
		const known = await writtenAnew(idIn(nodes, type, made), { name, data });
		own[type] = { id: known ?? (await newCredential({ name, type, data }, made)), name };
	}
	return own;
}

/** The stored workflow as the client's file says. */
async function refilled(client, stored) {
	const { made } = noteOf(stored);
	const credentials = await giveCredentials(client, stored.nodes, made);
	return forClient(stored, client, credentials, made);
}

/** The id of the credential that was made for these nodes. */
function idIn(nodes, type, made) {
	const ids = nodes.map(({ credentials }) => credentials?.[type]?.id);
	return ids.find((id) => made.includes(id));
}

async function newCredential(credential, made) {
	const { id } = await n8n('POST', '/credentials', credential);
	made.push(id);
	return id;
}

/** Undefined where there is none any more. */
async function writtenAnew(id, { name, data }) {
	if (!id) return undefined;
	try {
		await n8n('PATCH', `/credentials/${id}`, { name, data, isPartialData: true });
	} catch (error) {
		if (error.status === 404) return undefined;
		if (error.status !== 405) throw error;
		const advice = 'If they have changed, change them in the editor.';
		say(console.log, `This n8n cannot change the fields of "${name}" by its API. ${advice}`);
	}
	return id;
}

async function credentialsInUse(exceptWorkflow) {
	const others = (await workflows()).filter(({ id }) => id !== exceptWorkflow);
	return new Set(
		others.flatMap(({ nodes }) =>
			nodes.flatMap(({ credentials }) =>
				Object.values(credentials ?? {}).map(({ id }) => id),
			),
		),
	);
}

// ------------------------------------------------------------------------------------------- n8n

async function n8n(method, path, body) {
	const { N8N_URL, N8N_API_KEY } = process.env;
	const response = await request(`n8n at ${N8N_URL} (N8N_URL)`, `${address()}/api/v1${path}`, {
		method,
		headers: { 'X-N8N-API-KEY': N8N_API_KEY, 'content-type': 'application/json' },
		...(body && { body: JSON.stringify(body) }),
	});
	const answer = await response.json().catch(() => undefined);
	if (response.ok && answer !== undefined) return answer;
	throw Object.assign(new Error(refusalOf(response, answer, method, path)), {
		status: response.status,
	});
}

function refusalOf({ status, headers }, answer, method, path) {
	if (status >= 300 && status < 400) {
		return `N8N_URL leads on to ${headers.get('location')}: set it to the address that n8n really has.`;
	}
	if (status === 401) {
		return 'n8n refuses N8N_API_KEY: it is wrong, deleted or expired. Make a new one under Settings → n8n API.';
	}
	if (status === 403) {
		return `N8N_API_KEY may not do this (${method} ${path}): make one with all scopes of resellers.md. n8n says: ${answer?.message ?? ''}`;
	}
	if (answer === undefined) {
		return `What answers at N8N_URL is not n8n's API (status ${status}). Set N8N_URL to the address of the editor, without a path; if it is that, the API is switched off on the server (N8N_PUBLIC_API_DISABLED).`;
	}
	return `n8n, ${method} ${path}: ${status} ${answer.message ?? ''}`;
}

function address() {
	return process.env.N8N_URL.replace(/\/+$/, '');
}

function linkTo(id) {
	return `${address()}/workflow/${id}`;
}

/** All that the key may see. */
async function workflows(query = '') {
	const found = [];
	let cursor = '';
	do {
		const page = await n8n('GET', `/workflows?limit=250${query}${cursor}`);
		found.push(...page.data);
		cursor = page.nextCursor ? `&cursor=${encodeURIComponent(page.nextCursor)}` : undefined;
	} while (cursor !== undefined);
	return found;
}

/** What was archived in the editor counts as gone. */
async function findWorkflow({ name }) {
	const found = await workflows(`&name=${encodeURIComponent(name)}`);
	return found.find((workflow) => workflow.name === name && !workflow.isArchived);
}

/** The client's workflow, by its name or the one it had. Rejects for one of somebody else. */
async function findOwn({ name, formerName, accountSid }) {
	const stored =
		(await findWorkflow({ name })) ??
		(formerName && (await findWorkflow({ name: formerName })));
	if (!stored) return undefined;
	const made = noteOf(stored);
	if (made?.accountSid === accountSid) return stored;
	throw new Error(
		made
			? `the workflow "${stored.name}" is of another Twilio account (${made.accountSid}). Nothing is touched.`
			: `the workflow "${stored.name}" was not made by this script, or its note "${NOTE}" is gone. Nothing is touched.`,
	);
}

/** Resolves when Twilio has the workflow's addresses; rejects with what its triggers said. */
async function publish(client, id) {
	const stored = await n8n('GET', `/workflows/${id}`);
	await n8n('POST', `/workflows/${id}/activate`);
	await connectedBy(client, stored, () => true);
}

/** The same for a published workflow that was changed: n8n connects the changed triggers anew. */
async function republished(client, changedTriggers, stored) {
	const known = registrationsOf(stored);
	await connectedBy(client, stored, (now) =>
		changedTriggers.every(({ id: node }) => {
			const registration = registrationsOf(now)[node];
			return !registration || registration.at !== known[node]?.at;
		}),
	);
}

/** n8n's API never says why it could not publish; the triggers leave their reason in static data. */
async function connectedBy(client, before, isDone) {
	const known = refusalsOf(before);
	let refusals = [];
	const done = await until(async () => {
		const now = await n8n('GET', `/workflows/${before.id}`);
		refusals = Object.entries(refusalsOf(now))
			.filter(([node, { at }]) => at !== known[node]?.at)
			.map(([, { message }]) => message);
		return refusals.length === 0 && isDone(now) && (await isConnected(client, now));
	});
	if (done) return;
	throw new Error(
		refusals.length > 0
			? `n8n could not publish the workflow: ${refusals.join(' ')}`
			: 'n8n did not connect the workflow at Twilio; publish it in the editor to see why.',
	);
}

function registrationsOf(workflow) {
	return staticDataOf(workflow).smsRegistrations ?? {};
}

function refusalsOf(workflow) {
	return staticDataOf(workflow).smsNotPublished ?? {};
}

function staticDataOf({ staticData }) {
	const data = typeof staticData === 'string' ? JSON.parse(staticData) : staticData;
	return data?.global ?? {};
}

async function unpublish(id) {
	await n8n('POST', `/workflows/${id}/deactivate`);
}

// ---------------------------------------------------------------------------------------- Twilio

async function twilio(client, product, path) {
	const base = client.twilioApiBaseUrl ?? `https://${product}.twilio.com`;
	const login = Buffer.from(`${client.accountSid}:${client.authToken}`).toString('base64');
	const response = await request('Twilio', `${base}${path}`, {
		headers: { authorization: `Basic ${login}` },
	});
	if (response.ok) return await response.json();
	if (response.status === 404) return undefined;
	if (response.status === 401) {
		throw new Error('Twilio refuses accountSid or authToken; copy both again.');
	}
	throw new Error(`Twilio, ${path}: ${response.status}`);
}

/** Undefined where the account has no such number. */
async function numberOf(client) {
	const query = `PhoneNumber=${encodeURIComponent(client.number)}`;
	const path = `/2010-04-01/Accounts/${client.accountSid}/IncomingPhoneNumbers.json?${query}`;
	const found = (await twilio(client, 'api', path))?.incoming_phone_numbers ?? [];
	return found.find(({ phone_number: number }) => number === client.number);
}

/** Undefined where there is none, or none any more. */
async function serviceOf(client) {
	const { messagingServiceSid: sid } = client;
	return sid ? await twilio(client, 'messaging', `/v1/Services/${sid}`) : undefined;
}

/** Throws where the account has no such number, or its Messaging Service does not have it. */
async function assertNumber(client) {
	const number = await numberOf(client);
	if (!number) {
		throw new Error(
			`${client.number} is not a number of the Twilio account ${client.accountSid}. A number of a subaccount needs that subaccount's SID and token.`,
		);
	}
	if (client.messagingServiceSid && !(await serviceOf(client))) {
		throw new Error(
			`${client.messagingServiceSid} is not a Messaging Service of the Twilio account ${client.accountSid}.`,
		);
	}
}

/** Where Twilio sends texts and calls of the client. */
async function addressesOf(client) {
	const [number, service] = [await numberOf(client), await serviceOf(client)];
	return {
		incomingSmsTrigger: `${service?.inbound_request_url} ${number?.sms_url}`,
		missedCallTrigger: `${number?.voice_url}`,
	};
}

/** Twilio knows when n8n has connected the workflow; n8n's own answer comes before that. */
async function isConnected(client, workflow) {
	const addresses = await addressesOf(client);
	return triggersOf(workflow).every(({ type, webhookId, parameters }) => {
		const address = addresses[type.slice(PACKAGE.length)];
		const isByHand = ['manual', 'elsewhere'].includes(parameters.receiveOn);
		return address === undefined || isByHand || address.includes(webhookId);
	});
}

async function disconnected(client, workflow) {
	const ids = triggersOf(workflow).map(({ webhookId }) => webhookId);
	const isGivenBack = await until(async () => {
		const addresses = Object.values(await addressesOf(client)).join(' ');
		return !ids.some((id) => addresses.includes(id));
	});
	if (isGivenBack) return;
	throw new Error(
		`Twilio still has the address of the workflow, so it is kept, unpublished: ${linkTo(workflow.id)}. n8n's log says why it could not give back what was there before; mend that, publish the workflow, and give the same command again.`,
	);
}

// ------------------------------------------------------------------------------------ everything

/** What a request comes back with; rejects in words where nothing does. */
async function request(whom, url, init) {
	try {
		const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
		return await fetch(url, { ...init, signal, redirect: 'manual' });
	} catch (error) {
		throw new Error(whyNoAnswer(whom, error));
	}
}

/** Node says "fetch failed", and keeps the cause one level deeper. */
function whyNoAnswer(whom, error) {
	const { code = '', message } = error.cause?.errors?.[0] ?? error.cause ?? error;
	if (error.name === 'TimeoutError' || /TIMEDOUT|TIMEOUT/.test(code)) {
		return `${whom} did not answer in time: is it running, and does a firewall let you through?`;
	}
	if (['ENOTFOUND', 'EAI_AGAIN'].includes(code)) {
		return `${whom} cannot be found: nobody knows this address. Look for a typing mistake, and at your internet connection.`;
	}
	if (code === 'ECONNREFUSED') {
		return `${whom} cannot be reached: nothing listens there. Is it running, and is the port right?`;
	}
	if (/WRONG_VERSION_NUMBER|PACKET_LENGTH/.test(code) || /wrong version number/i.test(message)) {
		return `${whom} speaks no HTTPS there: write http:// in place of https://, or the right port.`;
	}
	if (/CERT|SELF_SIGNED|UNABLE_TO|TLS|SSL/.test(code)) {
		return `${whom} has a certificate that your computer does not trust (${code}). For one of your own, name its file in NODE_EXTRA_CA_CERTS; else it may have expired, or be of another address.`;
	}
	if (/ECONNRESET|UND_ERR_SOCKET|HPE_/.test(code)) {
		return `${whom} broke the connection off (${code}): if it speaks HTTPS, write https:// in place of http://.`;
	}
	return `${whom} cannot be reached: ${code} ${message}`;
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

function countOf(count, what) {
	return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** Whatever n8n or Twilio have quoted. */
function say(print, text) {
	const known = secrets.filter((secret) => typeof secret === 'string' && secret.length > 5);
	print(known.reduce((told, secret) => told.replaceAll(secret, '***'), text));
}
