import type { IExecuteFunctions } from 'n8n-workflow';
import { readAgent } from '../shared/contacts/agent-record';
import { reasonOf } from '../shared/messaging/reason-of';
import { parseThreadId } from '../shared/messaging/thread-id';
import { logWarning } from '../shared/n8n/host/log-warning';
import { tellOwners, type OwnersServices, type OwnersTold } from '../shared/owners/owners-phone';
import type { ReplyOutcome } from '../shared/replying/reply-outcome';
import { newestSidOf, type ReplyTurn } from '../shared/replying/reply-turn';

/**
 * Texts the owners of the agent that a person is to answer; undefined where nobody is needed, or the
 * agent has no owner's phone. Never rejects.
 */
export async function tellOwnersOf(
	context: IExecuteFunctions,
	openServices: () => Promise<OwnersServices>,
	turn: ReplyTurn,
	outcome: ReplyOutcome,
): Promise<OwnersTold | undefined> {
	if (outcome.kind !== 'needsHuman') return undefined;
	try {
		const services = await openServices();
		const { accountSid, agentId } = parseThreadId(turn.threadId) ?? {};
		if (accountSid === undefined || agentId === undefined) return undefined;
		const agent = await readAgent(services.store.records, accountSid, agentId);
		if (agent === undefined || agent.ownersPhones.length === 0) return undefined;
		const { threadId, sender, messagingServiceSid, messages } = turn;
		const told = await tellOwners(services, {
			...{ agent, threadId, sender, messagingServiceSid, newestSid: newestSidOf(turn) },
			lastWords: messages.map(({ body }) => body).join(' '),
			why: outcome.reason,
			isTaken: outcome.code === 'takenOver',
		});
		for (const warning of told.warnings) logWarning(context, `owners:${agentId}`, warning);
		return told;
	} catch (error) {
		const warning = `No owner's phone was told: ${reasonOf(error)}`;
		logWarning(context, 'owners', warning);
		return { number: null, told: [], warnings: [warning] };
	}
}
