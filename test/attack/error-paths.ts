import { describe, expect, it } from '@jest/globals';
import type { INode, INodeParameters } from 'n8n-workflow';
import { httpExchange } from '../../harness/http-exchange';
import { N8nRefusal, type StoredExecution } from '../../harness/n8n-client';
import { PostgresCluster } from '../../harness/servers/postgres-cluster';
import { agentReplyIn, keeping, triggerIn } from '../../harness/two-way-agent';
import { nodeIn, type StoredCredential } from '../../harness/workflow-nodes';
import { webhookNode } from '../e2e/support/webhook-node';
import type { AttackFixture, Secrets } from './support/attack-fixture';
import { ECHO_STYLES, startEchoServer, type EchoServer } from './support/echo-server';
import { secretFinder } from './support/secrets';
import { sizes } from './support/sizes';

/** Nodes in one workflow, one after another; the workflows run side by side. */
const IN_A_WORKFLOW = 5;
const NOBODY = 'http://127.0.0.1:9';
const NO_HOST = 'http://no-such-host.invalid';
const SHOWN = 200;

/** A step of a workflow that cannot do what it should. */
interface BadStep {
	name: string;
	node: INode;
}

/** Something that was said about a failure, and where. */
interface Said {
	where: string;
	text: string;
}

/** Whatever goes wrong, and whoever repeats what it was told: no secret is found anywhere afterwards. */
export function errorPaths(fixture: () => AttackFixture): void {
	describe('errors of all kinds, from servers that repeat the credentials', () => {
		it(
			'leave no secret in executions, answers or the log',
			async () => {
				const { e2e, n8n, score, random } = fixture();
				const echo = await startEchoServer();
				const postgres = await PostgresCluster.start();
				try {
					await postgres.allow(['host all all 127.0.0.1/32 scram-sha-256']);
					const secrets: Secrets = {
						...fixture().secrets,
						wrongRedisPassword: 'wrong+redis/%&"=4f1c9a',
						wrongPostgresPassword: 'wrong+postgres/%&"=77b2e0',
						inAddress: 'in-the-address-8842aa',
					};
					const steps = await badSteps(fixture(), { echo, postgres, secrets });
					const chosen = steps
						.map((step) => ({ step, at: random.next() }))
						.sort((one, other) => one.at - other.at)
						.map(({ step }) => step)
						.slice(0, sizes.errorPaths);

					const [ofSteps, ofOthers] = await Promise.all([
						runSteps(fixture(), chosen),
						failElsewhere(fixture(), { echo, secrets }),
					]);
					const said: Said[] = [
						...ofSteps.said,
						...ofOthers,
						{ where: "n8n's log", text: n8n.logs() },
					];
					const find = secretFinder(secrets, e2e.account.accountSid);
					const found = said.flatMap(({ where, text }) =>
						find(text).map(
							(name) => `${name} in ${where}: ${around(text, secrets[name])}`,
						),
					);
					score.add('error paths', {
						attacks: ofSteps.failed + ofOthers.length,
						secrets: found.length,
					});
					expect(found).toEqual([]);
					// What went well has shown nothing.
					expect(ofSteps.wentWell).toEqual([]);
					expect(echo.heard.length).toBeGreaterThan(chosen.length / 4);
				} finally {
					await postgres.dispose();
					await echo.close();
				}
			},
			sizes.minutes * 60_000,
		);
	});
}

// ------------------------------------------------------------------------------- steps that fail

interface Servers {
	echo: EchoServer;
	postgres: PostgresCluster;
	secrets: Secrets;
}

async function badSteps(
	fixture: AttackFixture,
	{ echo, postgres, secrets }: Servers,
): Promise<BadStep[]> {
	const { e2e, account, kept } = fixture;
	const { accountSid, authToken } = e2e.account;
	const to = '+14155550777';
	const send = (
		name: string,
		parameters: INodeParameters,
		credentials: Record<string, StoredCredential> = {},
	): BadStep => {
		const node = nodeIn(account, {
			type: 'sendSms',
			name,
			parameters: {
				...{ mode: 'raw', to, body: 'Hello', from: e2e.number.phoneNumber },
				...parameters,
			},
			credentials: ['twilioMessagingApi', 'openAiCompatibleApi'],
		});
		const inStore = parameters['threadStore'] === undefined ? keeping(node, kept) : node;
		return {
			name,
			node: {
				...inStore,
				onError: 'continueRegularOutput',
				credentials: { ...inStore.credentials, ...credentials },
			},
		};
	};
	const once = { options: { keepTryingMinutes: 0 } };
	const ai = { mode: 'ai', instruction: 'Say hello', model: locator('emulated-small') };
	const twilioAt = async (apiBaseUrl: string) =>
		await e2e.addCredential('twilioMessagingApi', { accountSid, authToken, apiBaseUrl });
	const modelAt = async (baseUrl: string) =>
		await e2e.addCredential('openAiCompatibleApi', { apiKey: secrets['modelKey'], baseUrl });

	const steps: BadStep[] = [];
	const places = [400, 401, 403, 404, 429, 500, 503].flatMap((status) =>
		ECHO_STYLES.map((style) => ({
			name: `${status} ${style}`,
			url: echo.url(status, style),
		})),
	);
	places.push(
		{ name: 'nobody there', url: `${NOBODY}/${secrets['inAddress']}` },
		{ name: 'no such host', url: NO_HOST },
	);
	for (const { name, url } of places) {
		const twilioMessagingApi = await twilioAt(url);
		steps.push(send(`Twilio ${name}`, once, { twilioMessagingApi }));
		const openAiCompatibleApi = await modelAt(`${url}/v1`);
		steps.push(send(`model ${name}`, ai, { openAiCompatibleApi }));
	}

	const stores: Array<[string, string, object]> = [
		[
			'Redis refuses the password',
			'redis',
			{ ...redisOf(fixture, secrets['wrongRedisPassword']) },
		],
		['Redis is away', 'redis', { ...redisOf(fixture, secrets['redisPassword']), port: 9 }],
		['Redis has no TLS', 'redis', { ...redisOf(fixture, secrets['redisPassword']), tls: 'on' }],
		[
			'Redis is a web server',
			'redis',
			{
				...redisOf(fixture, secrets['redisPassword']),
				port: Number(new URL(echo.url(400, 'plain')).port),
			},
		],
		...['owner', 'nobody'].map((user): [string, string, object] => [
			`Postgres refuses ${user}`,
			'postgres',
			{ ...postgres.settings, user, password: secrets['wrongPostgresPassword'] },
		]),
		[
			'Postgres is away',
			'postgres',
			{ ...postgres.settings, port: 9, password: secrets['wrongPostgresPassword'] },
		],
	];
	for (const [name, threadStore, data] of stores) {
		const type = threadStore === 'redis' ? 'threadStoreRedisApi' : 'threadStorePostgresApi';
		const credential = await e2e.addCredential(type, data);
		steps.push(send(name, { threadStore }, { [type]: credential }));
	}

	const token = secrets['authToken'] ?? '';
	const inputs: Record<string, INodeParameters> = {
		'To is no number': { to: `not a number ${'9'.repeat(40)}` },
		'To is of nobody': { to: '+1' },
		'To is a channel': { to: 'whatsapp:+14155550666' },
		'To is our own number': { to: e2e.number.phoneNumber },
		'From is no number': { from: 'x y z +++' },
		'From is not ours': { from: '+14155550999' },
		'From is no Service': { from: 'MG123' },
		'the Agent has no name': { agentId: '!!!' },
		'the text is too long': { body: 'x'.repeat(2_000) },
		'the time is none': { options: { sendAt: 'the day before yesterday' } },
		'the media is none': { options: { mediaUrls: 'ftp://user:pass@x' } },
		'the callback is none': { options: { statusCallback: 'nowhere' } },
		'the conversation is none': { ...ai, history: 'given', messages: '{"a":' },
		'the conversation is of another kind': { ...ai, history: 'given', messages: '[1,2]' },
		'the validity is none': { options: { validityPeriod: -5 } },
		'the words are an expression that fails': { body: '={{ $json.missing.more }}' },
		'the callback has a token in it': { options: { statusCallback: `x:${token.slice(0, 3)}` } },
	};
	for (const [name, parameters] of Object.entries(inputs)) steps.push(send(name, parameters));
	return steps;
}

function locator(value: string): INodeParameters {
	return { __rl: true, mode: 'id', value };
}

function redisOf({ redisPort }: AttackFixture, password: string | undefined): object {
	return { host: '127.0.0.1', port: redisPort, password, prefix: 'attack' };
}

interface RunSteps {
	/** Of those that failed as they should. */
	failed: number;
	wentWell: string[];
	said: Said[];
}

async function runSteps(fixture: AttackFixture, steps: BadStep[]): Promise<RunSteps> {
	const { e2e, n8n } = fixture;
	const groups = Array.from({ length: Math.ceil(steps.length / IN_A_WORKFLOW) }, (_, at) =>
		steps.slice(at * IN_A_WORKFLOW, (at + 1) * IN_A_WORKFLOW),
	);
	const runs = await Promise.all(
		groups.map(async (group, index): Promise<RunSteps> => {
			const path = `errors-${process.pid}-${index}`;
			const start = webhookNode('Start', path, { responseMode: 'lastNode' });
			const { id } = await e2e.startWorkflow({
				name: `Errors ${index}`,
				nodes: [start, ...group.map(({ node }) => node)],
				connections: {
					Start: {
						main: [group.map(({ name }) => ({ node: name, type: 'main', index: 0 }))],
					},
				},
			});
			const { body } = await httpExchange(`${n8n.webhookUrl}/webhook/${path}`);
			const [execution] = await e2e.client.endedExecutions(id, 1, 300_000);
			const runData = execution?.data.resultData.runData ?? {};
			const wentWell = group.filter(({ name }) => {
				const [run] = runData[name] ?? [];
				const item = run?.data?.['main']?.[0]?.[0];
				return !(run?.error ?? item?.error ?? item?.json['error']);
			});
			return {
				failed: group.length - wentWell.length,
				wentWell: wentWell.map(({ name }) => name),
				said: [
					{ where: `the answer of ${path}`, text: body },
					...group.map(({ name }) => ({
						where: `the run of "${name}"`,
						text: JSON.stringify(runData[name] ?? null),
					})),
					{ where: `the execution ${path}`, text: dataOf(execution) },
				],
			};
		}),
	);
	return {
		failed: runs.reduce((total, { failed }) => total + failed, 0),
		wentWell: runs.flatMap(({ wentWell }) => wentWell),
		said: runs.flatMap(({ said }) => said),
	};
}

// ---------------------------------------------------------------------- all that fails elsewhere

/** In the editor, at publication and in the trigger. */
async function failElsewhere(
	fixture: AttackFixture,
	{ echo, secrets }: Pick<Servers, 'echo' | 'secrets'>,
): Promise<Said[]> {
	const { e2e } = fixture;
	const { accountSid, authToken } = e2e.account;
	const said: Said[] = [];
	const tell = async (where: string, work: Promise<unknown>): Promise<void> => {
		const text = await work.then(
			(answer) => JSON.stringify(answer) ?? '',
			(error: unknown) =>
				error instanceof N8nRefusal ? JSON.stringify(error.body) : String(error),
		);
		said.push({ where, text });
	};
	const twilio = (apiBaseUrl: string) => ({ accountSid, authToken, apiBaseUrl });
	const model = (baseUrl: string) => ({ apiKey: secrets['modelKey'] ?? '', baseUrl });
	const places = [
		...([401, 500] as const).flatMap((status) =>
			(['twilio', 'html', 'headers', 'redirect'] as const).map((style) =>
				echo.url(status, style),
			),
		),
		NOBODY,
		NO_HOST,
	];
	const tryAt = async (place: string): Promise<void> => {
		const type = 'twilioMessagingApi';
		await tell(
			`the test of a Twilio credential at ${place}`,
			e2e.client.testCredential({ name: 'Bad', type, data: twilio(place) }),
		);
		await tell(
			`the test of a model credential at ${place}`,
			e2e.client.testCredential({
				name: 'Bad',
				type: 'openAiCompatibleApi',
				data: model(place),
			}),
		);
		const numbers = await e2e.addCredential(type, twilio(place));
		await tell(
			`the list of numbers at ${place}`,
			e2e.client.loadOptions({
				type: 'n8n-nodes-sms-agent.incomingSmsTrigger',
				typeVersion: 2,
				path: 'parameters.phoneNumbers',
				methodName: 'getPhoneNumbers',
				credentials: { [type]: numbers },
			}),
		);
		const models = await e2e.addCredential('openAiCompatibleApi', model(place));
		await tell(
			`the list of models at ${place}`,
			e2e.client.searchList({
				type: 'n8n-nodes-sms-agent.agentReply',
				typeVersion: 2,
				path: 'parameters.model',
				methodName: 'searchModels',
				credentials: { openAiCompatibleApi: models },
			}),
		);
	};
	await Promise.all(places.map(tryAt));
	for (const password of ['wrongRedisPassword', 'redisPassword']) {
		await tell(
			`the test of a Redis credential with the ${password}`,
			e2e.client.testCredential({
				name: 'Bad',
				type: 'threadStoreRedisApi',
				data: { ...redisOf(fixture, secrets[password]), tls: 'on' },
			}),
		);
	}
	const [published, replied] = await Promise.all([
		publishAt(fixture, await e2e.addCredential('twilioMessagingApi', twilio(places[0] ?? ''))),
		replyFrom(fixture, echo, secrets),
	]);
	return [...said, published, ...replied];
}

/** A trigger that cannot be put to work, and what n8n says about it. */
async function publishAt({ e2e, account }: AttackFixture, at: StoredCredential): Promise<Said> {
	const trigger = triggerIn(account, { receiveOn: 'phoneNumbers', phoneNumbers: ['PN1'] });
	trigger.credentials = { ...trigger.credentials, twilioMessagingApi: at };
	const { id } = await e2e.addWorkflow({ name: 'Cannot', nodes: [trigger], connections: {} });
	const text = await e2e.client.activate(id).then(
		() => 'it was published',
		(error: unknown) => String(error),
	);
	return { where: 'the publication of a trigger', text };
}

/** Agents of one workflow, each with a model or a webhook of its own that repeats what it is told. */
async function replyFrom(
	{ e2e, account, secrets: known, kept, n8n }: AttackFixture,
	echo: EchoServer,
	secrets: Secrets,
): Promise<Said[]> {
	const owner = e2e.twilio.addAccount({ friendlyName: 'With bad models' });
	const styles = ['openai', 'html', 'headers', 'plain'] as const;
	const numbers = [...styles, 'notify'].map((_, index) =>
		e2e.twilio.addNumber(owner.accountSid, { phoneNumber: `+1415555018${index}` }),
	);
	const credential = await e2e.addCredential('twilioMessagingApi', {
		accountSid: owner.accountSid,
		authToken: owner.authToken,
		apiBaseUrl: e2e.twilio.baseUrl,
		notifySigningSecret: known['notifySigningSecret'],
	});
	const ownAccount = {
		credentials: { ...account.credentials, twilioMessagingApi: credential },
	};
	const agents = numbers.map(({ phoneNumber }, index) => ({
		name: `Agent ${index}`,
		smsPrompt: 'Be kind.',
		numbers: phoneNumber,
		...(index === styles.length && {
			onText: 'notify',
			webhookUrl: `${echo.url(400, 'plain')}/${secrets['inAddress']}`,
		}),
	}));
	const trigger = triggerIn(ownAccount, {
		receiveOn: 'phoneNumbers',
		phoneNumbers: numbers.map(({ sid }) => sid),
		separateOutputs: true,
		agents: { agent: agents },
	});
	const replies = await Promise.all(
		styles.map(async (style, index) => {
			const openAiCompatibleApi = await e2e.addCredential('openAiCompatibleApi', {
				apiKey: secrets['modelKey'],
				baseUrl: `${echo.url(index % 2 === 0 ? 401 : 400, style)}/v1`,
			});
			const onModelError = index % 2 === 0 ? 'throw' : 'needsHuman';
			const node = agentReplyIn(ownAccount, { options: { onModelError } });
			return {
				...node,
				name: `Reply ${index}`,
				id: `id-reply-${index}`,
				credentials: { ...node.credentials, openAiCompatibleApi },
			};
		}),
	);
	const { id } = await e2e.startWorkflow({
		name: 'Agents with bad models',
		nodes: [trigger, ...replies].map((node) => keeping(node, kept)),
		connections: {
			[trigger.name]: {
				main: [
					[],
					[],
					...replies.map(({ name }) => [{ node: name, type: 'main' as const, index: 0 }]),
				],
			},
		},
	});
	for (const [index, { phoneNumber }] of numbers.entries()) {
		await e2e.twilio.textFromContact({
			from: `+1415555777${index}`,
			to: phoneNumber,
			body: 'Hi',
		});
	}
	// The one that only notifies begins an execution too, for the failure.
	const executions = await e2e.client.endedExecutions(id, numbers.length, 120_000);
	if (n8n.logs() === '') throw new Error('n8n has no log');
	return executions.map((execution) => ({
		where: `an execution of an agent (${execution.id})`,
		text: dataOf(execution),
	}));
}

/** Without the workflow, which says what its builder wrote there. */
function dataOf(execution: StoredExecution | undefined): string {
	return JSON.stringify(execution?.data ?? null);
}

function around(text: string, secret: string | undefined): string {
	const at = secret === undefined ? -1 : text.indexOf(secret);
	return at < 0 ? '(in another form)' : text.slice(Math.max(0, at - SHOWN), at);
}
