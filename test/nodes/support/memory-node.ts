import {
	type INodeType,
	type INodeTypeDescription,
	type ISupplyDataFunctions,
	type SupplyData,
	NodeConnectionTypes,
} from 'n8n-workflow';
import type { ChatMemory } from '../../../nodes/shared/composing/models/chat-memory';

/** A message as n8n's memories give it. */
interface Remembered {
	type: 'human' | 'ai';
	content: string;
}

/** A memory sub-node as n8n's own are: a session for each item, shared by all who name it. */
export class MemoryNode implements INodeType {
	readonly sessions = new Map<string, Remembered[]>();
	/** What the next calls fail with. */
	readonly down: { load?: Error; save?: Error } = {};

	description: INodeTypeDescription = {
		displayName: 'Test Memory',
		name: 'testMemory',
		group: ['transform'],
		version: 1,
		description: 'Keeps conversations of a test',
		defaults: { name: 'Test Memory' },
		inputs: [],
		outputs: [NodeConnectionTypes.AiMemory],
		properties: [
			{
				displayName: 'Session',
				name: 'session',
				type: 'string',
				default: '={{ $json.sessionId }}',
			},
		],
	};

	// n8n calls this on its own context, so the node itself is reached through the closure.
	supplyData = supplyFrom(this);
}

function supplyFrom({ sessions, down }: Pick<MemoryNode, 'sessions' | 'down'>) {
	return async function (this: ISupplyDataFunctions, itemIndex: number): Promise<SupplyData> {
		const session = this.getNodeParameter('session', itemIndex) as string;
		const said = sessions.get(session) ?? [];
		sessions.set(session, said);
		const memory: ChatMemory = {
			loadMemoryVariables: async () => {
				if (down.load) throw down.load;
				return { chat_history: [...said] };
			},
			saveContext: async ({ input }, { output }) => {
				if (down.save) throw down.save;
				said.push({ type: 'human', content: input }, { type: 'ai', content: output });
			},
		};
		return { response: memory };
	};
}
