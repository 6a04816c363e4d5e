import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import type { SendServices } from '../../shared/sending/outbound-draft';
import { TooManyTextsError } from '../../shared/sending/send-errors';
import { KnownAgents } from '../../shared/n8n/agents/known-agents';
import { conversationOfTool } from '../../shared/n8n/items/conversation';
import { addressingOf, assertAllowedRecipient } from '../addressing';
import { assertToolBody } from '../body';
import { countToolText } from '../count-text';
import { readAsTool } from '../fields';
import { usable } from '../plan-text';
import { toolMemoOf } from '../send-memo';
import { sendText, sentOrThrow } from '../send-text';
import { refusedJson, toolJson } from '../sent-item';

/** Sends what a model says that calls this node as a tool. It never waits: the model decides what to do next. */
export async function sendAsTool(
	context: IExecuteFunctions,
	services: SendServices,
	itemIndex: number,
): Promise<IDataObject> {
	const { address, allowed, body, ...fields } = readAsTool(context, itemIndex);
	const options = usable(fields.options);
	const conversation = conversationOfTool(context, itemIndex);
	const { account } = services.twilio;
	const { country } = options;
	const agents = new KnownAgents(services.store, account.accountSid);
	const sources = { account, agents, conversation, country };
	const addressing = await addressingOf(context, address, sources);
	assertAllowedRecipient(allowed, addressing.to, conversation, country);
	assertToolBody(body, options.mediaUrls);
	const memo = toolMemoOf(context, addressing.threadId, body, conversation);
	if (memo.sent) return { ...memo.sent, repeated: true };

	const count = async () => {
		const sentInRun = memo.othersCounted;
		const { limits } = options;
		// Before anything is waited for: a model may call many times at once.
		if (sentInRun < limits.perRun) memo.count();
		await countToolText(context, services, addressing.to, { limits, sentInRun });
	};
	const text = { author: 'agent', words: body, count } as const;
	const outcome = await sendText(services, memo.key, addressing, options, text).catch(
		async (error: Error) =>
			error instanceof TooManyTextsError ? error : await Promise.reject(error),
	);
	if (outcome instanceof TooManyTextsError) return refusedJson(outcome);
	if (outcome.kind === 'unwanted' && outcome.why.why === 'takeover') {
		const fix =
			'A person answers this contact. Release the conversation to let the agent go on.';
		return refusedJson({ message: outcome.why.message, fix });
	}
	const json = toolJson(sentOrThrow(outcome));
	memo.remember(json);
	return json;
}
