import { expect } from '@jest/globals';
import type { INode } from 'n8n-workflow';
import type { Responder } from '../../../emulator/model/completion';
import type { Kept } from '../../../harness/two-way-agent';
import { actingAgent, oneTurn } from './acting-agent';
import { bookingTool, booksWhenAsked } from './calendar';
import type { E2eFixture } from './e2e-fixture';

/** Something that goes wrong with a tool, and what has to come of it. */
interface ToolTrouble {
	name: string;
	tool: INode;
	respond: Responder;
	/** Of Agent Reply's item. */
	item: object;
	texts: string[];
}

/** Nothing listens there. */
const NOWHERE = { url: 'http://127.0.0.1:9/bookings' };

function codeTool(jsCode: string): INode {
	return {
		id: 'code',
		name: 'Look Up',
		type: '@n8n/n8n-nodes-langchain.toolCode',
		typeVersion: 1.3,
		position: [260, 220],
		parameters: { description: 'Looks something up', jsCode },
	};
}

/** Calls the tool with these arguments, the nth time with the nth; then says `reply`. */
function calls(tool: string, given: string[], reply: string): Responder {
	return ({ messages }) => {
		const made = messages.filter(({ role }) => role === 'tool');
		const next = given[made.length];
		const last = made.at(-1)?.text ?? '{}';
		if (next === undefined) {
			const { action } = JSON.parse(last) as { action: string };
			return { kind: 'reply', reply, reason: null, actions: [action] };
		}
		const toolCalls = [{ id: `call_${made.length}`, name: tool, arguments: next }];
		return { content: null, refusal: null, toolCalls, finishReason: 'tool_calls' };
	};
}

const CUT = /cut/i;
const readsTheBeginning: Responder = (request) => {
	const told = request.messages.find(({ role }) => role === 'tool')?.text;
	const wasCut = told !== undefined && told.length < 20_000 && CUT.test(told);
	const given = ['{"input":"all"}'];
	return calls('Look_Up', given, wasCut ? 'Read in part.' : 'Read in full.')(request);
};

export const TOOL_TROUBLES: ToolTrouble[] = [
	{
		name: 'a tool that is down',
		tool: bookingTool(NOWHERE),
		respond: booksWhenAsked,
		item: { outcome: 'replied', actions: [{ outcome: 'failed' }] },
		texts: ['That did not work. When else?'],
	},
	{
		name: 'arguments that are wrong',
		tool: codeTool('return `found ${query}`;'),
		respond: calls('Look_Up', ['{"when":7}', '{"input":"it"}'], 'Found it.'),
		item: {
			...{ outcome: 'replied' },
			actions: [{ outcome: 'failed' }, { outcome: 'done', result: 'found it' }],
		},
		texts: ['Found it.'],
	},
	{
		name: 'calls without an end',
		tool: codeTool('return query;'),
		respond: calls(
			'Look_Up',
			Array.from({ length: 50 }, (_, nth) => `{"input":"${nth}"}`),
			'Never said.',
		),
		item: { outcome: 'needsHuman', reasonCode: 'tooManyActions' },
		texts: [],
	},
	{
		name: 'a result of a megabyte',
		tool: codeTool("return 'x'.repeat(1_000_000);"),
		respond: readsTheBeginning,
		item: { outcome: 'replied', actions: [{ outcome: 'done' }] },
		texts: ['Read in part.'],
	},
];

/** Lets it happen in a turn of one contact's. */
export async function expectGoodEnd(
	{ tool, respond, item, texts }: ToolTrouble,
	fixture: E2eFixture,
	{ from, kept }: { from: string; kept?: Kept },
): Promise<void> {
	fixture.model.respond = respond;
	const agent = actingAgent(fixture, [tool], kept ? { kept } : {});
	const turn = await oneTurn(fixture, agent, { from, body: 'Please book 15:00' });
	expect(turn.error).toBeUndefined();
	expect(turn.item).toMatchObject(item);
	expect(turn.texts).toEqual(texts);
}
