import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { nodeErrorOf } from '../shared/n8n/host/node-error';
import { shownItem } from '../shared/n8n/items/incoming-text';
import { OUTPUT_NAMES, outputOf } from './outputs';
import { failedItem } from './reply-item';
import { hintsFor, replyToItem } from './reply-to-item';

/** Answers the turn of each item, one after the other; by output. */
export async function replyToItems(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const outputs: INodeExecutionData[][] = OUTPUT_NAMES.map(() => []);
	for (const [index, item] of context.getInputData().entries()) {
		try {
			const { output, replied } = await replyToItem(context, item, index);
			outputs[output]?.push(replied);
		} catch (error) {
			const node = context.getNode();
			const shown = nodeErrorOf(node, error, index);
			if (!context.continueOnFail()) throw shown;
			const about = shownItem(context, item, index);
			const hasErrorOutput = node.onError === 'continueErrorOutput';
			outputs[outputOf('needsHuman')]?.push(failedItem(about, shown, index, hasErrorOutput));
		}
	}
	context.addExecutionHints(...hintsFor(context));
	return outputs;
}
