import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { memoryFormIn } from '../shared/n8n/agents/contact-memory';
import { twilioAccountOf } from '../shared/n8n/credentials/twilio-account';
import { systemClock } from '../shared/n8n/host/system-clock';
import type { IncomingText } from '../shared/n8n/items/incoming-text';
import { assertOwnAccount } from '../shared/n8n/items/own-account';
import { modelLimitOf } from '../shared/n8n/models/model-limit-of';
import { openComposer } from '../shared/n8n/models/open-composer';
import { openThreadStore } from '../shared/n8n/stores/open-thread-store';
import { assertHoldsThread, storeChoiceOf } from '../shared/n8n/stores/thread-store-choice';
import type { MemoryForm } from '../shared/remembering/memory-form';
import { rememberContact, type Remembered } from '../shared/remembering/remember-contact';
import { modelLimitsFor, read, sends } from './fields';

/** Remembers the contact of a conversation that has ended; sends nothing. Gives what the item says of it. */
export async function rememberEnded(
	context: IExecuteFunctions,
	incoming: IncomingText,
	itemIndex: number,
): Promise<IDataObject> {
	const options = context.getNodeParameter('options', itemIndex, {});
	const form = memoryFormIn(options);
	return form
		? await remember(context, incoming, form, itemIndex)
		: outcome(
				'threadEnded',
				'A conversation has ended, and this node keeps no Contact Memory.',
			);
}

async function remember(
	context: IExecuteFunctions,
	{ threadId, messageSid, contact, agent }: IncomingText,
	form: MemoryForm,
	itemIndex: number,
): Promise<IDataObject> {
	const clock = systemClock;
	const account = sends(context, itemIndex) ? await twilioAccountOf(context) : undefined;
	assertOwnAccount(context, threadId, account?.accountSid);
	const store = await openThreadStore(context, storeChoiceOf(context));
	try {
		assertHoldsThread(context, store);
		const plan = read(context, itemIndex);
		const limit = modelLimitOf(context, itemIndex, modelLimitsFor(plan, false), {
			allowances: store.allowances,
			contact,
			taker: `ended:${messageSid}`,
		});
		const composer = await openComposer(context, itemIndex, limit);
		const signal = context.getExecutionCancelSignal();
		const ended = { threadId, messageSid, agentName: agent.name || agent.id };
		const { timeZone } = plan;
		const services = { store, clock, signal, composer };
		return told(await rememberContact(services, ended, { form, timeZone }));
	} finally {
		await store.close();
	}
}

function told(remembered: Remembered): IDataObject {
	switch (remembered.kind) {
		case 'remembered': {
			const { memory, facts, told: by } = remembered;
			const { usage, model } = by;
			return {
				...outcome(
					'remembered',
					'The conversation has ended, and the contact is remembered.',
				),
				...{
					summary: memory.summary,
					disposition: memory.disposition,
					facts: { ...facts },
				},
				...{ model, usage: usage && { ...usage } },
			};
		}
		case 'known': {
			const { memory, facts } = remembered;
			return {
				...outcome('alreadyRemembered', 'An earlier run has remembered this conversation.'),
				summary: memory?.summary ?? '',
				disposition: memory?.disposition ?? '',
				facts: { ...facts },
			};
		}
		case 'notOver':
			return outcome(
				'newerText',
				'The contact has written again, or the conversation was deleted: it is remembered when it ends.',
			);
		case 'notAsked':
			return outcome(
				'notRemembered',
				`${remembered.reason} The trigger tries it again, three times in all.`,
			);
		case 'atWork':
			return outcome('alreadyRemembered', 'Another run is remembering this conversation.');
	}
}

function outcome(reasonCode: string, reason: string): IDataObject {
	return { reason, reasonCode };
}
