import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { packedTarball } from '../harness/install-package';
import { N8nClient } from '../harness/n8n-client';
import { LAZY_ENGINE, startN8n, type N8nHost } from '../harness/n8n-host';
import { clearDeadRuns } from '../harness/leftovers';
import { isAlive } from '../harness/is-alive';
import { timed } from '../harness/timed';
import { EDITOR_PORT, takePort } from './demo/demo-port';
import { linesOfNodes } from './demo/lines-of-nodes';
import { prepareWorkflows, type PreparedWorkflows } from './demo/prepare-workflows';
import { openServices, type DemoServices } from './demo/services';
import { readSettings, saveSettings, type DemoSettings } from './demo/settings';
import { DEMO_FOLDER } from './paths';

const FRESH = '--fresh';

/** What has been started, last first; stopped when the demo ends or cannot begin. */
const running: Array<() => Promise<void>> = [];

async function startDemo(): Promise<void> {
	const isFresh = readArguments(process.argv.slice(2));
	await refuseSecondDemo(readSettings());
	if (isFresh) rmSync(DEMO_FOLDER, { recursive: true, force: true, maxRetries: 5 });
	const settings = readSettings();
	clearDeadRuns();

	const services = await openServices(process.env, settings, {
		// By account: with settings that are new, what another account had is of no use.
		stateFile: join(DEMO_FOLDER, `twilio-${settings.twilio.accountSid}`),
		tell: console.log,
	});
	running.unshift(() => services.close());
	await timed('Building and packing the package', packedTarball);
	const n8n = await timed('Starting n8n', () => startDemoN8n(services));
	running.unshift(() => n8n.stop());
	settings.running = { pid: process.pid, url: n8n.url };
	saveSettings(settings);

	const client = await N8nClient.setUp(n8n.url, settings.owner, settings.apiKey);
	settings.apiKey = await client.key();
	saveSettings(settings);
	const workflows = await timed('Importing the workflows', () =>
		prepareWorkflows(client, services, settings),
	);
	saveSettings(settings);
	if (services.publicUrl) {
		// A real Messaging Service must not go on calling a demo that has ended.
		running.unshift(() => client.deactivate(workflows.active.texts));
	}
	console.log(announcement(n8n, services, settings, workflows));
}

/** Whether to begin with nothing. Throws at what it does not know. */
function readArguments(given: string[]): boolean {
	const unknown = given.filter((each) => each !== FRESH);
	if (unknown.length === 0) return given.includes(FRESH);
	throw new Error(
		`It does not know ${unknown.join(' ')}. The only option is ${FRESH}, which begins with nothing: npm start -- ${FRESH}`,
	);
}

async function startDemoN8n({ publicUrl }: DemoServices): Promise<N8nHost> {
	return await startN8n({
		userFolder: join(DEMO_FOLDER, 'n8n'),
		logFile: join(DEMO_FOLDER, 'n8n.log'),
		onOutput: linesOfNodes((line) => console.log(line)),
		port: await takePort(EDITOR_PORT, process.env, console.log),
		env: {
			// The whole editor, without the part that asks n8n's own server for a list.
			N8N_DISABLED_MODULES: 'mcp-registry',
			...LAZY_ENGINE,
			...(publicUrl && { WEBHOOK_URL: publicUrl }),
		},
	});
}

/** Two n8n on one database would damage it. */
async function refuseSecondDemo({ running: other }: DemoSettings): Promise<void> {
	if (!other || !isAlive(other.pid)) return;
	const answers = await fetch(`${other.url}/healthz`).then(
		({ ok }) => ok,
		() => false,
	);
	if (answers) throw new Error(`The demo is running already: ${other.url}. Stop that one first.`);
}

function announcement(
	{ url, logFile }: N8nHost,
	{ phoneUrl, publicUrl, described }: DemoServices,
	{ owner }: DemoSettings,
	{ active, others }: PreparedWorkflows,
): string {
	const rows = [
		phoneUrl
			? [
					'Phone',
					phoneUrl,
					active.calls
						? 'text the agent; call the second number and play its owner; book at the third'
						: 'text the agent as a contact would',
				]
			: ['Phone', 'your own', 'text a number of your Messaging Service'],
		['Editor', `${url}/workflow/${active.texts}`, 'the nodes that answer texts'],
		...(active.calls
			? [['', `${url}/workflow/${active.calls}`, 'those that text back missed calls']]
			: []),
		...(active.appointments
			? [['', `${url}/workflow/${active.appointments}`, 'those that book appointments']]
			: []),
		['More', `${url}/home/workflows`, `${others} other workflows to look at, switched off`],
		['Log in', owner.email, `password ${owner.password}`],
		['Twilio', described.twilio, ...(publicUrl ? [`calls ${publicUrl}`] : [])],
		['Model', described.model],
		['Log', logFile],
		['Stop', 'Ctrl-C'],
		['Afresh', `npm start -- ${FRESH}`, 'forgets conversations and changed workflows'],
	];
	const width = Math.max(
		...rows.filter(([, , note]) => note).map(([, value = '']) => value.length),
	);
	const lines = rows.map(([name = '', value = '', note = '']) =>
		`  ${name.padEnd(8)}${value.padEnd(width)}  ${note}`.trimEnd(),
	);
	return ['', 'The SMS agent is running.', '', ...lines, ''].join('\n');
}

let stoppingSince: number | undefined;

async function stop(exitCode: number): Promise<void> {
	const now = Date.now();
	if (stoppingSince !== undefined) {
		// One Ctrl-C can arrive twice: from the terminal and from npm. A later one means it.
		if (now - stoppingSince > 1_000) process.exit(130);
		return;
	}
	stoppingSince = now;
	console.log('\nStopping ...');
	for (const end of running) {
		await end().catch((error: unknown) => console.error(error));
	}
	process.exit(exitCode);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
	process.on(signal, () => void stop(0));
}

startDemo().catch((error: unknown) => {
	console.error(
		`\nThe demo did not start. ${error instanceof Error ? error.message : String(error)}`,
	);
	void stop(1);
});
