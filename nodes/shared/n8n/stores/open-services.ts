import type { IExecuteFunctions } from 'n8n-workflow';
import type { SendServices } from '../../sending/outbound-draft';
import { twilioAccountOf, twilioClientOf } from '../credentials/twilio-account';
import { systemClock } from '../host/system-clock';
import { openThreadStore } from './open-thread-store';
import { storeChoiceOf } from './thread-store-choice';

/** What a node works with that acts on conversations and at Twilio, by its credential and its store. */
export async function openServices(context: IExecuteFunctions): Promise<SendServices> {
	const signal = context.getExecutionCancelSignal();
	const account = await twilioAccountOf(context);
	return {
		twilio: twilioClientOf(context, account, { signal }),
		store: await openThreadStore(context, storeChoiceOf(context)),
		clock: systemClock,
		signal,
	};
}
