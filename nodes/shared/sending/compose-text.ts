import type { Clock } from '../messaging/clock';
import type { Message } from '../messaging/message';
import type { ThreadStore } from '../threads/thread-store';
import { assertMayBeTexted } from './send-to-thread';
import { charactersIn } from '../composing/finished-text';
import { modelHistory } from '../composing/history';
import { promptOf } from '../composing/prompt';
import type { ModelMessage, ReplyComposer } from '../composing/reply-composer';
import { NotWrittenError } from './send-errors';

/** A text that a model is to write. */
export interface TextBrief {
	threadId: string;
	contact: string;
	agentName: string;
	smsPrompt: string;
	/** What this text is to say; empty leaves it to the SMS prompt. */
	instruction: string;
	/** Texts of this run that the thread may not hold yet. */
	arrived: readonly Message[];
	/** The conversation so far: the thread's newest ones, or what the builder gives. */
	history: { kind: 'thread'; maxMessages: number } | { kind: 'given'; messages: ModelMessage[] };
	/** What the model is asked to keep to. */
	maxSegments: number;
	/** IANA name. */
	timeZone: string;
}

export interface TextDeps {
	threads: ThreadStore;
	composer: ReplyComposer;
	clock: Clock;
	signal?: AbortSignal | undefined;
}

const HISTORY_CHARACTERS = 8_000;

/**
 * The words a model finds for a text, as it wrote them; nothing is sent. Rejects with OptedOutError
 * or CannotTextError before the model is asked, NotWrittenError where the model declines,
 * ModelError, InvalidInputError, StoreUnavailableError.
 */
export async function composeText(deps: TextDeps, brief: TextBrief): Promise<string> {
	const kept = brief.history.kind === 'thread' ? brief.history.maxMessages : 0;
	const { thread } = await deps.threads.append(brief.threadId, brief.arrived, kept + 1);
	assertMayBeTexted(thread, brief.contact);
	const messages =
		brief.history.kind === 'given'
			? brief.history.messages
			: modelHistory(
					thread,
					[],
					{ maxMessages: kept, maxCharacters: HISTORY_CHARACTERS },
					brief.timeZone,
				).messages;
	const instructions = instructionsOf(brief, deps.clock.now());
	const composition = await deps.composer.compose({ instructions, messages }, deps.signal);
	if (composition.kind !== 'reply') throw new NotWrittenError(composition.reason);
	return composition.text;
}

function instructionsOf(brief: TextBrief, now: number): string {
	const prompt = promptOf({
		task: 'write',
		agentName: brief.agentName,
		smsPrompt: brief.smsPrompt,
		maxCharacters: charactersIn(brief.maxSegments),
		context: {},
		now,
		timeZone: brief.timeZone,
	});
	const instruction = brief.instruction.trim();
	return instruction === ''
		? prompt
		: `${prompt}\n\n# What the next text is to say\n${instruction}`;
}
