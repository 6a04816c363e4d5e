import type { IBinaryData, IDataObject, IExecuteFunctions } from 'n8n-workflow';
import type { DeskServices } from '../shared/desk/messages';
import { textIn } from './address';

/** What one operation works with. */
export interface Task {
	context: IExecuteFunctions;
	services: DeskServices;
	itemIndex: number;
}

/** One item of the output, or one for each of a list; a file goes along as binary data. */
export interface Result {
	json: IDataObject;
	binary?: Record<string, IBinaryData>;
}

export type Operation = (task: Task) => Promise<Result[]>;

/** What goes into the file, in each format. */
interface FileOf {
	name: string;
	csv(): string;
	json(): unknown;
}

/** An item with the file, in the format and the field that the builder chose. */
export async function fileResult(
	{ context, itemIndex }: Task,
	json: IDataObject,
	file: FileOf,
): Promise<Result> {
	const isCsv = context.getNodeParameter('format', itemIndex, 'csv') !== 'json';
	const [ending, type, text] = isCsv
		? ['csv', 'text/csv', file.csv()]
		: ['json', 'application/json', JSON.stringify(file.json(), null, 2)];
	const fileName = `${file.name}.${ending}`;
	const binary = await context.helpers.prepareBinaryData(Buffer.from(text), fileName, type);
	const field = textIn(context, itemIndex, 'binaryProperty') || 'data';
	return { json: { ...json, fileName }, binary: { [field]: binary } };
}
