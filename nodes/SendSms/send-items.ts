import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	NodeExecutionHint,
} from 'n8n-workflow';
import type { SendServices } from '../shared/sending/outbound-draft';
import { nodeErrorOf } from '../shared/n8n/host/node-error';
import { shownItem } from '../shared/n8n/items/incoming-text';
import { noteInExecution, noteOf } from '../shared/n8n/items/note-in-execution';
import { isTool } from '../shared/n8n/items/trigger-item';
import { openServices } from '../shared/n8n/stores/open-services';
import { waitHints } from '../shared/n8n/stores/wait-hint';
import { sendList } from './list/send-list';
import { realTextHints } from './real-texts';
import { sendAsTool } from './tool/send-as-tool';
import { failedItem, NOT_SENT, OUTCOMES, outcomeOf, wasSentNow, type Outcome } from './sent-item';

/** A text for each item; each on its own when the node continues on errors. */
export async function sendItems(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const items = context.getInputData();
	const resultsOf = (outcomes: readonly Outcome[]) =>
		items.flatMap((item, at) => {
			const outcome = outcomes[at];
			return outcome ? [resultOf(context, item, outcome, at)] : [];
		});
	if (items.length === 0) return [];
	let services: SendServices;
	try {
		services = await openServices(context);
	} catch (failure) {
		return resultsOf(items.map(() => ({ failure })));
	}
	try {
		const outcomes = isTool(context)
			? await answerCalls(context, services, items.length)
			: await sendList(context, services, items);
		const results = resultsOf(outcomes);
		const notes = results.map(({ json }) => noteOf(json, outcomeOf(json)));
		// What became of a text that came in says the Agent Reply that took it.
		noteInExecution(context, notes, OUTCOMES);
		if (context.getMode() === 'manual') {
			const sent = results.map(({ json }) => json).filter(wasSentNow);
			context.addExecutionHints(...realTextHints(sent));
		}
		context.addExecutionHints(...waitHints(context, services.store));
		return results;
	} catch (failure) {
		// Else n8n passes the items on as they came, as if each had been sent.
		const isOfAll = context.continueOnFail() && services.signal?.aborted !== true;
		if (isOfAll) return resultsOf(items.map(() => ({ failure })));
		throw nodeErrorOf(context.getNode(), failure);
	} finally {
		await services.store.close();
	}
}

/** What comes out for one item. Throws NodeApiError or NodeOperationError where it failed and the node stops on errors. */
function resultOf(
	context: IExecuteFunctions,
	item: INodeExecutionData,
	outcome: Outcome,
	itemIndex: number,
): INodeExecutionData {
	if ('json' in outcome) return { json: outcome.json, pairedItem: { item: itemIndex } };
	const shown = nodeErrorOf(context.getNode(), outcome.failure, itemIndex);
	if (!context.continueOnFail()) throw shown;
	const about = isTool(context) ? item : shownItem(context, item, itemIndex);
	const hasErrorOutput = context.getNode().onError === 'continueErrorOutput';
	return failedItem(about, shown, itemIndex, hasErrorOutput);
}

/** One after the other, as the model calls them. */
async function answerCalls(
	context: IExecuteFunctions,
	services: SendServices,
	calls: number,
): Promise<Outcome[]> {
	const outcomes: Outcome[] = [];
	for (let at = 0; at < calls; at++) {
		try {
			const json = await sendAsTool(context, services, at);
			if (json['status'] === NOT_SENT) context.addExecutionHints(refusalHint(json));
			outcomes.push({ json });
		} catch (failure) {
			outcomes.push({ failure });
			if (!context.continueOnFail()) break;
		}
	}
	return outcomes;
}

/** The model was told; whoever looks at the execution is too. */
function refusalHint(json: IDataObject): NodeExecutionHint {
	const { reason, fix } = json as { reason: string; fix: string };
	const message = `${reason} ${fix}`;
	return { message, type: 'warning', location: 'outputPane' };
}
