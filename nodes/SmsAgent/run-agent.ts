import type { IDataObject } from 'n8n-workflow';
import { pauseBrand, resumeBrand } from '../shared/contacts/pause';
import { listAgents } from '../shared/desk/agents';
import { brandOf } from '../shared/messaging/agent';
import { textIn } from './address';
import type { Operation, Task } from './operation';

const getAll: Operation = async ({ context, services, itemIndex }) => {
	const isSimple = context.getNodeParameter('simple', itemIndex, true) === true;
	const listed = await listAgents(services, services.twilio.account.accountSid);
	return listed.map(({ agent, pause }) => {
		const { id, name, brand, senders } = agent;
		const short = { agent: { id, name }, brand, senders: [...senders], paused: !!pause };
		const json: IDataObject = { ...short, pause: pause ? { ...pause } : null };
		return { json: isSimple ? json : { ...json, agent: { ...agent } } };
	});
};

const pauseAll: Operation = async (task) => {
	const brand = brandIn(task);
	const { context, services, itemIndex } = task;
	const by = textIn(context, itemIndex, 'by') || 'A person';
	const pause = await pauseBrand(
		{ records: services.store.records, clock: services.clock },
		{ accountSid: services.twilio.account.accountSid, brand },
		by,
	);
	return [{ json: { brand, paused: true, ...pause, agents: await agentsOf(task, brand) } }];
};

const resumeAll: Operation = async (task) => {
	const brand = brandIn(task);
	const { services } = task;
	const { accountSid } = services.twilio.account;
	const wasPaused = await resumeBrand(services.store.records, { accountSid, brand });
	return [{ json: { brand, paused: false, wasPaused, agents: await agentsOf(task, brand) } }];
};

export const agentOperations = { getAll, pauseAll, resumeAll };

function brandIn({ context, itemIndex }: Task): string {
	return brandOf(textIn(context, itemIndex, 'brand'));
}

/** Names of those that it is about. */
async function agentsOf({ services }: Task, brand: string): Promise<string[]> {
	const listed = await listAgents(services, services.twilio.account.accountSid);
	return listed.filter(({ agent }) => agent.brand === brand).map(({ agent }) => agent.name);
}
