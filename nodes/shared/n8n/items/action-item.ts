import type { IDataObject } from 'n8n-workflow';
import type { Action } from '../../threads/actions';

/** What an agent did by a tool, as an item tells it. */
export function actionJson({ id, tool, arguments: given, state, result, at }: Action): IDataObject {
	return { id, tool, arguments: given, outcome: state, result, at };
}
