import type { IDataObject } from 'n8n-workflow';
import { textIn } from './address';
import type { Result, Task } from './run-items';

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
