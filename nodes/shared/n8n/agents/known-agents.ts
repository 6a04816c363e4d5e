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
	async find(nameId: string): Promise<AgentRecord | undefined> {
		const asked =
			this.asked.get(nameId) ?? findAgent(this.store.records, this.accountSid, nameId);
		this.asked.set(nameId, asked);
		return await asked;
	}
}
