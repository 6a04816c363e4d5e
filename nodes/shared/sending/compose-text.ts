import { factsOf } from '../contacts/facts';
import { standingOf } from '../contacts/standing';
import type { Message } from '../messaging/message';
import { assertBounded, LONGEST_PROMPT } from '../messaging/text-bounds';
import type { TakesOver } from '../threads/takeover';
import type { ThreadServices } from '../threads/thread-store';
import { threadWithTexts } from '../threads/turns/own-texts';
import { charactersIn } from '../composing/finished-text';
import { modelHistory } from '../composing/history';
import { filledWords, promptOf } from '../composing/prompt';
import type { ModelMessage, ReplyComposer } from '../composing/reply-composer';
import type { Unwanted } from './outbound-draft';
import { NotWrittenError } from './send-errors';
import { whyUnwanted } from './still-wanted';

/** A text that a model is to write. */
export interface TextBrief {
	threadId: string;
	contact: string;
	agentName: string;
	smsPrompt: string;
	/** What this text is to say; empty leaves it to the SMS prompt. */
	instruction: string;
	/** Facts for the model, by name. */
	facts: Readonly<Record<string, string>>;
	/** Is told each variable that nothing fills. */
	unfilled?: ((name: string) => void) | undefined;
	/** Of the text that this becomes. */
	answersTo?: TakesOver | undefined;
	/** Texts of this run that the thread may not hold yet. */
	arrived: readonly Message[];
	/** The conversation so far: the thread's newest ones, or what the builder gives. */
	history: { kind: 'thread'; maxMessages: number } | { kind: 'given'; messages: ModelMessage[] };
	/** What the model is asked to keep to. */
	maxSegments: number;
	/** IANA name. */
	timeZone: string;
}

const HISTORY_CHARACTERS = 8_000;

/**
 * The words a model finds for a text, as it wrote them, or why it must not; nothing is sent. Rejects with
 * NotWrittenError where the model declines, ModelError, InvalidInputError, StoreUnavailableError.
 */
export async function composeText(
	services: ThreadServices,
	composer: ReplyComposer,
	brief: TextBrief,
): Promise<{ body: string } | Unwanted> {
	const kept = brief.history.kind === 'thread' ? brief.history.maxMessages : 0;
	const { threadId, arrived } = brief;
	const { store, clock, signal } = services;
	const reading = threadWithTexts(store.threads, threadId, arrived, kept + 1);
	const standing = await standingOf(services, threadId, reading);
	const { contact: to, answersTo } = brief;
	const unwanted = whyUnwanted(standing, { to, author: 'agent', answersTo }, clock.now());
	if (unwanted) return unwanted;
	const messages =
		brief.history.kind === 'given'
			? brief.history.messages
			: modelHistory(
					standing,
					[],
					{ maxMessages: kept, maxCharacters: HISTORY_CHARACTERS },
					brief.timeZone,
				).messages;
	const facts = factsOf(standing, brief.facts);
	const instructions = instructionsOf({ ...brief, facts }, clock.now());
	const composition = await composer.compose({ instructions, messages }, signal);
	switch (composition.kind) {
		case 'reply':
			return { body: composition.text };
		case 'optOut':
			throw new NotWrittenError(
				`The contact asks not to be texted any more: "${composition.words}"`,
			);
		case 'needsHuman':
		case 'noReply':
		case 'transfer':
			throw new NotWrittenError(composition.reason);
	}
}

function instructionsOf(brief: TextBrief, now: number): string {
	const prompt = promptOf({
		task: 'write',
		agentName: brief.agentName,
		smsPrompt: brief.smsPrompt,
		maxCharacters: charactersIn(brief.maxSegments),
		context: brief.facts,
		unfilled: brief.unfilled,
		now,
		timeZone: brief.timeZone,
	});
	assertBounded(brief.instruction, 'What to Say', LONGEST_PROMPT);
	const instruction = filledWords(brief.instruction, {
		context: brief.facts,
		unfilled: brief.unfilled,
	});
	return instruction === ''
		? prompt
		: `${prompt}\n\n# What the next text is to say\n${instruction}`;
}
