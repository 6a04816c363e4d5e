import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { itemsOf } from '../../harness/n8n-client';
import { inARow, nodeIn } from '../../harness/workflow-nodes';
import { aiAgentWith } from './support/ai-agent';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

const CONTACT = '+14155550171';
let fixture: E2eFixture;

beforeAll(async () => {
	fixture = await openE2eFixture({ withService: true });
});
afterAll(() => fixture.close());

it("answers two quick texts by n8n's AI Agent once, and says what became of the other answer", async () => {
	const agent = await aiAgentWith(fixture, []);
	const { id } = await fixture.startWorkflow({
		...agent,
		nodes: [...agent.nodes, nodeIn(fixture, { type: 'sendSms', name: 'Send SMS' })],
		connections: { ...agent.connections, ...inARow('AI Agent', 'Send SMS') },
	});
	// The first answer is still being written when the second text comes.
	fixture.model.faults.next({ kind: 'delay', ms: 15_000, times: 1 });
	const text = async (body: string) =>
		await fixture.twilio.textFromContact({
			...{ from: CONTACT, to: fixture.number.phoneNumber, body },
		});
	await text('Are you open?');
	await text('On Friday, I mean');
	const executions = await fixture.client.endedExecutions(id, 2, 120_000);
	const items = executions.flatMap((one) => itemsOf(one, 'Send SMS').map(({ json }) => json));
	expect(items.filter(({ status }) => status === 'skipped')).toMatchObject([
		{ reasonCode: 'newerText' },
	]);
	expect(fixture.twilio.messages({ to: CONTACT })).toHaveLength(1);
}, 180_000);
