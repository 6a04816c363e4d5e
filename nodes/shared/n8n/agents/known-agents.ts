import { findAgent, type AgentRecord } from '../../contacts/agent-record';
import type { ThreadServices } from '../../threads/thread-store';

/** The agents that triggers have written down; each is asked for once in a run. */
export class KnownAgents {
	private readonly asked = new Map<string, Promise<AgentRecord | undefined>>();

	constructor(
		private readonly store: Pick<ThreadServices['store'], 'records'>,
		private readonly accountSid: string,
	) {}

	/** As `findAgent`. */
	async find(name: string): Promise<AgentRecord | undefined> {
		const asked = this.asked.get(name) ?? findAgent(this.store.records, this.accountSid, name);
		this.asked.set(name, asked);
		return await asked;
	}
}
