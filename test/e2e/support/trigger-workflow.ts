import type { INodeParameters } from 'n8n-workflow';
import type {
	StoredExecution,
	StoredWorkflow,
	WorkflowDefinition,
} from '../../../harness/n8n-client';
import { inARow, nodeIn, type StoredCredential } from '../../../harness/workflow-nodes';
import { CONNECTION_OVERRIDES } from '../../../nodes/shared/twilio/registration/own-webhook-url';
import type { E2eFixture } from './e2e-fixture';

export const TRIGGER = 'Incoming SMS Trigger';
export const AFTER = 'After';

/** A trigger, and a node of n8n's own after it that shows what came out. */
export function triggerWorkflow(
	fixture: E2eFixture,
	parameters: INodeParameters = {},
	{ name = 'Incoming texts', credential }: { name?: string; credential?: StoredCredential } = {},
): WorkflowDefinition {
	return {
		name,
		nodes: [
			nodeIn(fixture, {
				type: 'incomingSmsTrigger',
				name: TRIGGER,
				parameters: { ...onNumbers(fixture), ...parameters },
				...(credential && {
					settings: { credentials: { twilioMessagingApi: credential } },
				}),
			}),
			noOp(AFTER),
		],
		connections: inARow(TRIGGER, AFTER),
	};
}

export function noOp(name: string): WorkflowDefinition['nodes'][number] {
	return {
		id: `id-${name}`,
		name,
		type: 'n8n-nodes-base.noOp',
		typeVersion: 1,
		position: [200, 0],
		parameters: {},
	};
}

/** All numbers of the fixture, chosen from the list. */
export function onNumbers(fixture: Pick<E2eFixture, 'numbers'>): INodeParameters {
	return { receiveOn: 'phoneNumbers', phoneNumbers: fixture.numbers.map(({ sid }) => sid) };
}

/** The address that an active workflow's trigger has, as it stands at Twilio. */
export async function webhookUrlOf(
	fixture: E2eFixture,
	workflow: Pick<StoredWorkflow, 'id'>,
	base = `${fixture.n8n.url}/webhook`,
): Promise<string> {
	const { nodes } = await fixture.client.workflow(workflow.id);
	const trigger = nodes.find(({ name }) => name === TRIGGER);
	if (!trigger?.webhookId) throw new Error('The trigger has no webhook ID');
	return `${base}/${trigger.webhookId}/twilio${CONNECTION_OVERRIDES.texts}`;
}

/** The one that it has while a test listens: nobody asks that again. */
export function testUrlOf(webhookUrl: string): string {
	return webhookUrl.replace('/webhook/', '/webhook-test/').replace(/#.*$/, '');
}

/** Executions that have ended, once no more come: whoever expects none must wait a little. */
export async function executionsAfterAWhile(
	fixture: E2eFixture,
	{ id }: Pick<StoredWorkflow, 'id'>,
): Promise<StoredExecution[]> {
	await new Promise((resolve) => setTimeout(resolve, 1_000));
	return await fixture.client.executions(id);
}
