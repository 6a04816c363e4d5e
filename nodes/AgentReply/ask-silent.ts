import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { idleTextIn } from '../shared/n8n/agents/idle-options';
import { twilioAccountOf, twilioClientOf } from '../shared/n8n/credentials/twilio-account';
import { systemClock } from '../shared/n8n/host/system-clock';
import type { IncomingText } from '../shared/n8n/items/incoming-text';
import { assertOwnAccount } from '../shared/n8n/items/own-account';
import { openThreadStore } from '../shared/n8n/stores/open-thread-store';
import { assertHoldsThread, storeChoiceOf } from '../shared/n8n/stores/thread-store-choice';
import { sendIdleText, type IdlePlan } from '../shared/remembering/idle-text';
import { smsSender } from '../shared/sending/send-to-thread';
import { read, sends } from './fields';
import { sentFields } from './reply-item';

/** Asks a silent contact whether they are still there; gives what the item says of it. */
export async function askSilent(
	context: IExecuteFunctions,
	incoming: IncomingText,
	itemIndex: number,
): Promise<IDataObject> {
	const asked = sends(context, itemIndex)
		? idleTextIn(context.getNodeParameter('options', itemIndex, {}))
		: undefined;
	return asked
		? await ask(context, incoming, { ...read(context, itemIndex), ...asked })
		: {
				reasonCode: 'threadIdle',
				reason: 'The contact is silent, and this node sends no If Silent: Text.',
			};
}

async function ask(
	context: IExecuteFunctions,
	incoming: IncomingText,
	plan: IdlePlan,
): Promise<IDataObject> {
	const clock = systemClock;
	const account = await twilioAccountOf(context);
	assertOwnAccount(context, incoming.threadId, account.accountSid);
	const store = await openThreadStore(context, storeChoiceOf(context));
	try {
		assertHoldsThread(context, store);
		const signal = context.getExecutionCancelSignal();
		const twilio = twilioClientOf(context, account, { signal });
		const sms = smsSender({ store, clock, signal, twilio });
		const messagingServiceSid = incoming.messagingServiceSid || null;
		const asked = await sendIdleText(sms, { ...incoming, messagingServiceSid }, plan);
		if (asked.kind === 'notSent') return { reasonCode: 'noIdleText', reason: asked.reason };
		return {
			reasonCode: 'idleText',
			reason: 'The contact was silent, and got the text of If Silent: Text.',
			idleText: sentFields(asked.sent),
		};
	} finally {
		await store.close();
	}
}
