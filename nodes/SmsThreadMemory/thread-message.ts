import type { ModelMessage } from '../shared/composing/reply-composer';

/** What LangChain, which n8n's agents are built on, looks for instead of asking for a class. */
const IS_MESSAGE = Symbol.for('langchain.message');

const TYPES = { user: 'human', assistant: 'ai' } as const;
const CLASSES = { human: 'HumanMessage', ai: 'AIMessage' } as const;

/**
 * A message of the thread, as n8n's agents and its Chat Memory Manager take it for one of LangChain's.
 * With a class of our own the package needs no LangChain, of which each n8n has another version.
 */
export class ThreadMessage {
	readonly [IS_MESSAGE] = true;
	readonly type: 'human' | 'ai';
	readonly content: string;
	readonly additional_kwargs = {};
	readonly response_metadata = {};
	readonly lc_namespace = ['langchain_core', 'messages'];
	readonly lc_kwargs: object;
	/** Of what the agent said alone; texts call no tools. */
	readonly tool_calls?: readonly never[];
	readonly invalid_tool_calls?: readonly never[];

	constructor({ role, content }: ModelMessage) {
		this.type = TYPES[role];
		this.content = content;
		this.lc_kwargs = { content, additional_kwargs: {}, response_metadata: {} };
		if (this.type === 'ai') {
			this.tool_calls = [];
			this.invalid_tool_calls = [];
		}
	}

	get text(): string {
		return this.content;
	}

	get lc_id(): string[] {
		return [...this.lc_namespace, CLASSES[this.type]];
	}

	getType(): string {
		return this.type;
	}

	/** As it was called before LangChain 0.3.30. */
	_getType(): string {
		return this.type;
	}

	toJSON(): object {
		return { lc: 1, type: 'constructor', id: this.lc_id, kwargs: this.lc_kwargs };
	}
}
