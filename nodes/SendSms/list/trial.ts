import { randomUUID } from 'node:crypto';
import type { IExecuteFunctions } from 'n8n-workflow';
import { claimKeys } from '../../shared/threads/claim-keys';
import { threadIdOf } from '../../shared/messaging/thread-id';
import type { SendServices } from '../../shared/sending/outbound-draft';
import { cleanedWords, writeWithAi } from '../body';
import { countText } from '../count-text';
import type { PlannedText } from '../plan-text';
import type { WhoSpeaks } from '../person-options';
import { sendText, sentOrThrow } from '../send-text';
import { TO_ME_FIRST } from './list-options';
import { many } from './tally';

/** Nobody takes over the conversation of whoever tries it. */
const AGENT_ONLY: WhoSpeaks = { person: undefined, answersTo: undefined };

/**
 * Sends the text of the first item that has one to the builder's own number, marked as a trial, and
 * nothing to anybody else. Each trial is a new one.
 *
 * @param list how long it is, and in sentences what is wrong with it.
 */
export async function sendTrial(
	context: IExecuteFunctions,
	services: SendServices,
	me: string,
	first: PlannedText,
	list: { items: number; wrong: readonly string[] },
): Promise<void> {
	const { addressing, options, words, itemIndex, conversation, task } = first;
	const { agent, to } = addressing;
	const { account } = services.twilio;
	const threadId = threadIdOf({ accountSid: account.accountSid, agentId: agent.id, contact: me });
	const key = claimKeys.send(context.getNode().id, threadId, `trial:${randomUUID()}`);
	const marked = (body: string) => ({ body: `[Trial, for ${to}] ${body}` });
	const ai = { addressing, conversation, options, task };
	const outcome = await sendText(
		services,
		key,
		{ ...addressing, threadId, to: me },
		// The mark must not make it too long.
		{
			...options,
			speaks: AGENT_ONLY,
			sendAt: undefined,
			text: { ...options.text, maxSegments: undefined },
		},
		{
			author: 'operator',
			isTrial: true,
			words:
				'body' in words
					? marked(cleanedWords(words)).body
					: async () => {
							const written = await writeWithAi(
								context,
								services,
								itemIndex,
								words.brief,
								ai,
							);
							return 'why' in written ? written : marked(written.body);
						},
			count: async () => await countText(context, services, me, options.limits),
		},
	);
	const { body } = sentOrThrow(outcome);
	const { items, wrong } = list;
	const others =
		items === 1 ? 'nothing to anybody else' : `nothing to the ${many(items)} of the list`;
	const told = [
		`Only a trial: ${me} got "${body}", and ${others}. Take ${TO_ME_FIRST} out of the options to text everybody.`,
		...wrong,
	];
	context.addExecutionHints({
		message: told.join(' '),
		type: 'info',
		location: 'outputPane',
	});
}
