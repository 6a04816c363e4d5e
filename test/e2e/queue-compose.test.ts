import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { packedTarball } from '../../harness/install-package';
import { startQueueN8n, type QueueN8n } from '../../harness/queue-n8n';
import { temporaryFolder } from '../../harness/run';
import { settingsOfServer } from '../../harness/servers/postgres-server';
import { keptInServer, twoWayAgent } from '../../harness/two-way-agent';
import manifest from '../../package.json';
import { npm } from '../../scripts/npm';
import { ROOT } from '../../scripts/paths';
import { TestSchema } from '../support/test-schema';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

interface Service {
	environment: Record<string, string>;
	command?: string | string[];
	volumes?: string[];
}

const FILE = readFileSync(join(ROOT, 'docs/queue-mode/compose.yaml'), 'utf8');
const { services } = parse(FILE, { merge: true }) as { services: Record<string, Service> };
const OF_N8N = ['main', 'webhook', 'worker'] as const;

/** Where things are is the machine's business; the rest is used as it stands in the file. */
const PLACES =
	/^(DB_POSTGRESDB_|QUEUE_BULL_REDIS_|N8N_HOST$|N8N_WEBHOOK_URL$|N8N_EDITOR_BASE_URL$)/;

function environmentOf(name: string): Record<string, string> {
	const entries = Object.entries(services[name]?.environment ?? {});
	return Object.fromEntries(
		entries.map(([key, value]) => [key, value.replaceAll(/\$\{(\w+)[^}]*\}/g, 'given-in-env')]),
	);
}

/** Every variable that this n8n's own configuration reads. */
function variablesOfN8n(): Set<string> {
	const modules = join(ROOT, 'host/node_modules');
	const files = ['@n8n/config/dist', '@n8n/backend-common/dist'].flatMap((folder) =>
		readdirSync(join(modules, folder), { recursive: true, encoding: 'utf8' })
			.filter((path) => path.endsWith('.js'))
			.map((path) => join(modules, folder, path)),
	);
	const code = files.map((path) => readFileSync(path, 'utf8')).join('\n');
	return new Set([...code.matchAll(/Env\)\('(\w+)'/g)].map(([, name = '']) => name));
}

describe('the compose file for queue mode', () => {
	it('names only variables that n8n knows, for all processes the same', () => {
		const known = variablesOfN8n();
		const environment = environmentOf('main');
		expect(Object.keys(environment).length).toBeGreaterThan(10);
		const unknown = Object.keys(environment).filter((name) => !known.has(name));
		expect(unknown).toEqual([]);
		for (const name of OF_N8N) {
			expect(environmentOf(name)).toEqual(environment);
			expect(services[name]?.volumes).toEqual(['nodes:/home/node/.n8n/nodes:ro']);
		}
		expect(services['webhook']?.command).toBe('webhook');
		expect(services['worker']?.command).toMatch(/^worker /);
	});

	it('installs this version of the package where n8n looks for it', async () => {
		const [program, ...args] = services['package']?.command ?? [];
		expect(program).toBe('npm');
		expect(args.at(-1)).toBe(`${manifest.name}@${manifest.version}`);
		expect(services['package']?.volumes).toEqual(['nodes:/nodes']);
		const folder = temporaryFolder('compose-nodes-');
		const given = args.map((arg) => (arg === '/nodes' ? folder : arg));
		// From the file, as nothing is published where tests run.
		await npm([...given.slice(0, -1), await packedTarball(), '--offline'], { cwd: folder });
		expect(readdirSync(join(folder, 'node_modules'))).toContain(manifest.name);
	});
});

describe('n8n with the variables of that file', () => {
	let n8n: QueueN8n;
	let fixture: E2eFixture;
	let schema: TestSchema;

	beforeAll(async () => {
		const entries = Object.entries(environmentOf('main'));
		const env = Object.fromEntries(entries.filter(([name]) => !PLACES.test(name)));
		const poolSize = environmentOf('main')['DB_POSTGRESDB_POOL_SIZE'];
		n8n = await startQueueN8n({
			workers: 1,
			env: { ...env, DB_POSTGRESDB_POOL_SIZE: poolSize },
		});
		fixture = await openE2eFixture({ n8n, withService: true });
		schema = await TestSchema.on(settingsOfServer());
	});
	afterAll(async () => {
		await fixture?.close();
		await n8n?.stop();
		await schema?.drop();
	});

	it('answers a text, with conversations in Postgres', async () => {
		const kept = await keptInServer(fixture, 'postgres', schema.settings);
		await fixture.startWorkflow(twoWayAgent(fixture, { kept }));
		const [from, to] = ['+14155550199', fixture.number.phoneNumber];
		await fixture.twilio.textFromContact({ from, to, body: 'Are you open?' });
		await fixture.twilio.waitForMessage((message) => message.to === from, 30_000);
		expect(n8n.processes.workers[0]?.logs()).toContain('Worker started execution');
	});
});
