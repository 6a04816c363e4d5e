import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { nodeErrorOf } from '../shared/n8n/host/node-error';
import { shownItem } from '../shared/n8n/items/incoming-text';
import { noteInExecution, noteOf } from '../shared/n8n/items/note-in-execution';
import { OUTPUT_NAMES, outputOf } from './outputs';
import { failedItem } from './reply-item';
import { replyToItem } from './reply-to-item';
import { hintsFor, type RunNote } from './run-hints';

/** Answers the turn of each item, one after the other; by output. */
export async function replyToItems(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const outputs: INodeExecutionData[][] = OUTPUT_NAMES.map(() => []);
	const notes = new Set<RunNote>();
	for (const [index, item] of context.getInputData().entries()) {
		try {
			const { output, replied, noted } = await replyToItem(context, item, index);
			outputs[output]?.push(replied);
			for (const note of noted) notes.add(note);
		} catch (error) {
			const node = context.getNode();
			const shown = nodeErrorOf(node, error, index);
			if (!context.continueOnFail()) throw shown;
			const about = shownItem(context, item, index);
			const hasErrorOutput = node.onError === 'continueErrorOutput';
			outputs[outputOf('needsHuman')]?.push(failedItem(about, shown, index, hasErrorOutput));
			if (!hasErrorOutput) notes.add('nobodyTold');
		}
	}
	noteInExecution(
		context,
		outputs.flatMap((items, output) =>
			items.map(({ json }) => noteOf(json, OUTPUT_NAMES[output])),
		),
	);
	context.addExecutionHints(...hintsFor(context, notes));
	return outputs;
}
