import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { itemsOf } from '../../harness/n8n-client';
import { startQueueN8n } from '../../harness/queue-n8n';
import { settingsOfServer } from '../../harness/servers/postgres-server';
import { sharedRedis } from '../../harness/servers/shared-redis';
import { keptInServer, PROMPT, twoWayAgent, type Kept } from '../../harness/two-way-agent';
import { removeKeys } from '../support/redis-keys';
import { TestSchema } from '../support/test-schema';
import { contactFixture, type ContactFixture } from './support/contact-fixture';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

const REDIS = { host: '127.0.0.1', port: 6379, prefix: `owners-phone-${process.pid}` };

interface Host {
	fixture: E2eFixture;
	kept: Kept;
	close(): Promise<void>;
}

async function regularWithRedis(): Promise<Host> {
	const fixture = await openE2eFixture({ withService: true });
	const close = async () => {
		await fixture.close();
		await removeKeys(await sharedRedis(REDIS.prefix));
	};
	return { fixture, kept: await keptInServer(fixture, 'redis', REDIS), close };
}

async function queueWithPostgres(): Promise<Host> {
	const n8n = await startQueueN8n({ workers: 1 });
	const fixture = await openE2eFixture({ n8n, withService: true });
	const schema = await TestSchema.on(settingsOfServer());
	const close = async () => {
		await fixture.close();
		await n8n.stop();
		await schema.drop();
	};
	return { fixture, kept: await keptInServer(fixture, 'postgres', schema.settings), close };
}

describe.each([
	['in one process, with Redis', regularWithRedis],
	['in queue mode, with Postgres', queueWithPostgres],
])("the owner's phone, %s", (_, openHost) => {
	let host: Host;
	let workflowId: string;
	let maria: ContactFixture;
	let owner: ContactFixture;

	beforeAll(async () => {
		host = await openHost();
		const { fixture, kept } = host;
		maria = contactFixture(fixture, '+14155550123');
		owner = contactFixture(fixture, '+14155550188');
		fixture.model.respond = ({ messages }) =>
			(messages.at(-1)?.text ?? '').includes('a person')
				? { kind: 'needsHuman', reply: null, reason: 'Maria asks for a person.' }
				: undefined;
		const agent = { name: 'Front Desk', smsPrompt: PROMPT, ownersPhones: owner.number };
		const workflow = twoWayAgent(fixture, { kept, trigger: { agents: { agent: [agent] } } });
		({ id: workflowId } = await fixture.startWorkflow(workflow));
	});
	afterAll(async () => await host?.close());

	const runs = async (count: number) => {
		const { client } = host.fixture;
		const [newest] = await client.endedExecutions(workflowId, count, 60_000);
		return newest;
	};

	it('is told of a contact, answers, takes over and gives the contact back to the agent', async () => {
		const { model } = host.fixture;
		expect(await maria.ask('Hi, my name is Maria')).toContain('Maria');

		await maria.text('Can I talk to a person?');
		const told = await owner.waitForText(1);
		expect(told.body).toContain(
			`1: ${maria.number} needs a person.\n"Can I talk to a person?"\nWhy: Maria asks for a person.`,
		);
		await runs(2);

		expect(await owner.ask("1 I'll call you at five")).toContain(`Sent to ${maria.number}.`);
		expect(maria.received().at(-1)).toMatchObject({
			body: "I'll call you at five",
			from: told.from,
		});

		const asked = model.requests.length;
		await maria.text('Great, thanks!');
		expect((await owner.waitForText(3)).body).toContain('"Great, thanks!"');
		const run = await runs(3);
		expect(run && itemsOf(run, 'Agent Reply', 1)[0]?.json).toMatchObject({
			outcome: 'needsHuman',
			reasonCode: 'takenOver',
			ownersTold: { number: 1, told: [owner.number], warnings: [] },
		});
		expect(model.requests).toHaveLength(asked);

		expect(await owner.ask('release 1')).toContain(`answers ${maria.number} again`);
		expect(await maria.ask('What is my name?')).toBe('Your name is Maria.');
		expect(JSON.stringify(model.requests.at(-1))).toContain("I'll call you at five");
		// What the owner texts starts no run.
		await runs(4);
		expect(await host.fixture.client.endedExecutions(workflowId, 4)).toHaveLength(4);
		expect(maria.received()).toHaveLength(3);
	});
});
