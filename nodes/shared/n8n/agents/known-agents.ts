import { findAgent, readAgent, type AgentRecord } from '../../contacts/agent-record';
import type { ThreadServices } from '../../threads/thread-store';

/** The agents that triggers have written down; each is asked for once in a run. */
export class KnownAgents {
	private readonly named = new Map<string, Promise<AgentRecord | undefined>>();
	private readonly withId = new Map<string, Promise<AgentRecord | undefined>>();

	constructor(
		private readonly store: Pick<ThreadServices['store'], 'records'>,
		private readonly accountSid: string,
	) {}

	/** As `findAgent`. */
	async find(name: string): Promise<AgentRecord | undefined> {
		const asked = this.named.get(name) ?? findAgent(this.store.records, this.accountSid, name);
		this.named.set(name, asked);
		return await asked;
	}

	/** As `readAgent`. */
	async read(id: string): Promise<AgentRecord | undefined> {
		const asked = this.withId.get(id) ?? readAgent(this.store.records, this.accountSid, id);
		this.withId.set(id, asked);
		return await asked;
	}
}
