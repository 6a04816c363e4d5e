import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { SendServices } from '../shared/sending/outbound-draft';
import { nodeErrorOf } from '../shared/n8n/host/node-error';
import { shownItem } from '../shared/n8n/items/incoming-text';
import { openThreadStore } from '../shared/n8n/stores/open-thread-store';
import { storeChoiceOf } from '../shared/n8n/stores/thread-store-choice';
import { systemClock } from '../shared/n8n/host/system-clock';
import { waitHints } from '../shared/n8n/stores/wait-hint';
import { twilioAccountOf, twilioClientOf } from '../shared/n8n/credentials/twilio-account';
import { sendAsTool, sendItem } from './send-item';
import { failedItem } from './sent-item';

/** One text for each item, one after the other; each on its own when the node continues on errors. */
export async function sendItems(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const results: INodeExecutionData[] = [];
	// n8n's own isToolExecution() is false here where its AI Agent calls.
	const asTool = context.getNode().type.endsWith('Tool');
	const hasErrorOutput = context.getNode().onError === 'continueErrorOutput';
	let services: SendServices | undefined;
	try {
		for (const [index, item] of context.getInputData().entries()) {
			try {
				services ??= await servicesOf(context);
				const json = asTool
					? await sendAsTool(context, services, index)
					: await sendItem(context, services, item, index);
				results.push({ json, pairedItem: { item: index } });
			} catch (error) {
				const shown = nodeErrorOf(context.getNode(), error, index);
				if (!context.continueOnFail()) throw shown;
				const about = asTool ? item : shownItem(context, item, index);
				results.push(failedItem(about, shown, index, hasErrorOutput));
			}
		}
		if (services) context.addExecutionHints(...waitHints(context, services.store));
		return results;
	} finally {
		await services?.store.close();
	}
}

async function servicesOf(context: IExecuteFunctions): Promise<SendServices> {
	const signal = context.getExecutionCancelSignal();
	const account = await twilioAccountOf(context);
	return {
		twilio: twilioClientOf(context, account, { signal }),
		store: await openThreadStore(context, storeChoiceOf(context)),
		clock: systemClock,
		signal,
	};
}
