import { NodeConnectionTypes, type IExecuteFunctions } from 'n8n-workflow';
import type { Tool } from '../../acting/tool';
import { InvalidInputError } from '../../messaging/invalid-input-error';
import { quoted } from '../../messaging/text-bounds';
import type { OpenThreadStore } from '../../threads/thread-store';
import { hasBelow } from '../host/connected-to';
import { KEEP_IN, STORE_NAMES } from '../stores/thread-store-fields';
import { LOOK_UPS, readTools } from './tool-fields';

/** As the nodes of n8n supply one; LangChain's own classes, and what looks like them. */
interface NativeTool {
	name: string;
	description?: unknown;
	/** Zod, of version 3 or 4, or JSON Schema. */
	schema?: unknown;
	metadata?: { sourceNodeName?: string; gatedToolNodeName?: string };
	invoke(input: unknown, options?: { signal?: AbortSignal }): Promise<unknown>;
}

/**
 * The tools that are connected, for the one item that the node has; undefined where none is. Throws
 * InvalidInputError for what cannot be used safely.
 */
export async function openTools(
	context: IExecuteFunctions,
	itemIndex: number,
	{ promises }: Pick<OpenThreadStore, 'promises'>,
): Promise<readonly Tool[] | undefined> {
	const connectionType = NodeConnectionTypes.AiTool;
	if (!hasBelow(context, connectionType)) return undefined;
	if (context.getInputData().length > 1) throw tooManyItems();
	if (!promises.survivesCrash) throw mustOutlive();
	const connected: unknown = await context.getInputConnectionData(connectionType, itemIndex);
	const natives = [connected].flat(2).flatMap(toolsOf);
	assertUsable(natives);
	const { lookUps } = readTools(context, itemIndex);
	const { jsonSchemaOf } = await import('./json-schema-of.js');
	const tools = natives.map((native) => toolOf(native, jsonSchemaOf(native.schema), lookUps));
	assertKnown(lookUps, natives);
	return tools.length > 0 ? tools : undefined;
}

/** A toolkit, such as an MCP server's, stands for its tools. */
function toolsOf(supplied: unknown): NativeTool[] {
	const { tools, name, invoke } = (supplied ?? {}) as Partial<NativeTool> & { tools?: unknown };
	if (Array.isArray(tools)) return tools.flatMap(toolsOf);
	return typeof name === 'string' && typeof invoke === 'function' ? [supplied as NativeTool] : [];
}

function toolOf(
	native: NativeTool,
	parameters: Record<string, unknown>,
	lookUps: readonly string[],
): Tool {
	const { name, description } = native;
	return {
		name,
		description: typeof description === 'string' ? description : '',
		parameters,
		native,
		onlyLooks: lookUps.some((typed) => isCalled(native, typed)),
		call: async (args, signal) => wordsOf(await native.invoke({ ...args }, { signal })),
	};
}

/** Most tools answer with words; some with blocks of content, or with what a message holds. */
function wordsOf(answer: unknown): string {
	if (typeof answer === 'string') return answer;
	if (answer === undefined || answer === null) return '';
	const { content } = answer as { content?: unknown };
	return typeof content === 'string' ? content : JSON.stringify(answer);
}

/** By the name of its node as it stands on the canvas, or as the model knows it. */
function isCalled({ name, metadata }: NativeTool, typed: string): boolean {
	const known = [name, metadata?.sourceNodeName ?? name].map((one) => one.toLowerCase());
	return known.includes(typed.toLowerCase());
}

function assertUsable(natives: readonly NativeTool[]): void {
	const gated = natives.find(({ metadata }) => metadata?.gatedToolNodeName !== undefined);
	if (gated) {
		throw new InvalidInputError({
			field: 'Tools',
			cause: `${quoted(gated.metadata?.sourceNodeName ?? gated.name)} asks a person before ${quoted(gated.name)} runs, and the contact would wait for an answer meanwhile`,
			fix: 'Connect the tool itself. To let a person decide, say in the SMS Prompt when to hand over.',
		});
	}
	const names = natives.map(({ name }) => name);
	const twice = names.find((name, index) => names.indexOf(name) < index);
	if (twice === undefined) return;
	throw new InvalidInputError({
		field: 'Tools',
		cause: `two of them are called ${quoted(twice)}, and the model could not tell them apart`,
		fix: 'Rename one of the two nodes.',
	});
}

function assertKnown(lookUps: readonly string[], natives: readonly NativeTool[]): void {
	const unknown = lookUps.find((typed) => !natives.some((native) => isCalled(native, typed)));
	if (unknown === undefined) return;
	const names = natives.map(({ name, metadata }) => metadata?.sourceNodeName ?? name);
	throw new InvalidInputError({
		field: LOOK_UPS,
		cause: `no connected tool is called ${quoted(unknown)}`,
		fix: `Write the names of tool nodes as they stand on the canvas, with commas between them. Connected: ${[...new Set(names)].join(', ')}.`,
	});
}

/** n8n gives a tool the data of the first item, whichever item it is called for. */
function tooManyItems(): InvalidInputError {
	return new InvalidInputError({
		field: 'Input',
		cause: 'there is more than one text, and n8n gives tools the data of the first one only: one contact could get what is of another',
		fix: 'Let each run have one text, as the Incoming SMS Trigger does, or put a Loop Over Items node with batches of one before this node.',
	});
}

function mustOutlive(): InvalidInputError {
	return new InvalidInputError({
		field: KEEP_IN,
		cause: `with tools, what the agent does must be written down in a place that outlives a crash, and ${STORE_NAMES.staticData} does not: it might do the same twice`,
		fix: `Choose ${STORE_NAMES.embedded}, ${STORE_NAMES.redis} or ${STORE_NAMES.postgres} in the trigger, and in this node.`,
	});
}
