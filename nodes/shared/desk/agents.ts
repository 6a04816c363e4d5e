import { agentsOf, type AgentRecord } from '../contacts/agent-record';
import type { Pause } from '../contacts/standing';
import { recordKeys } from '../threads/record-keys';
import { readRecord } from '../threads/record-store';
import type { ThreadServices } from '../threads/thread-store';

type Services = Pick<ThreadServices, 'store' | 'clock'>;

export interface ListedAgent {
	agent: AgentRecord;
	/** Set while all agents of its brand are paused. */
	pause?: Pause;
}

/** The agents that triggers have written down, by their IDs. Rejects with StoreUnavailableError. */
export async function listAgents(services: Services, accountSid: string): Promise<ListedAgent[]> {
	const agents = await agentsOf(services.store.records, accountSid);
	const brands = [...new Set(agents.map(({ brand }) => brand))];
	const pauses = new Map(
		await Promise.all(
			brands.map(
				async (brand) => [brand, await pauseOf(services, accountSid, brand)] as const,
			),
		),
	);
	return agents.map((agent) => {
		const pause = pauses.get(agent.brand);
		return { agent, ...(pause ? { pause } : {}) };
	});
}

/** Undefined where the agents of the brand may write. Rejects with StoreUnavailableError. */
async function pauseOf(
	{ store }: Services,
	accountSid: string,
	brand: string,
): Promise<Pause | undefined> {
	const found = await readRecord(store.records, recordKeys.brand(accountSid, brand));
	return found?.['pause'] as Pause | undefined;
}
