import { InvalidInputError } from '../messaging/invalid-input-error';
import { STORE_PROMISES, type StorePromises } from '../threads/store-promises';
import { STORE_NAMES, type StoreChoice } from './thread-store-choice';

/** A promise that this n8n cannot do without, and what a store that lacks it would come to. */
interface Demand {
	promise: keyof StorePromises;
	cause: string;
}

/** Throws InvalidInputError for a store that does not promise what this n8n needs of it. */
export function assertStoreWorksHere({ kind }: Pick<StoreChoice, 'kind'>): void {
	const unmet = demandsOfThisN8n().find(({ promise }) => !STORE_PROMISES[kind][promise]);
	if (!unmet) return;
	throw new InvalidInputError({
		field: 'Keep Conversations In',
		cause: unmet.cause,
		fix: `Choose ${choicesWith(unmet.promise)} in every node of the workflow that has this field.`,
	});
}

function demandsOfThisN8n(): Demand[] {
	if (process.env['EXECUTIONS_MODE'] !== 'queue') return [];
	return [
		{
			promise: 'sharedByProcesses',
			cause: 'the choice works in one process only, and this n8n runs in queue mode: conversations would be lost',
		},
	];
}

function choicesWith(promise: keyof StorePromises): string {
	const kinds = Object.keys(STORE_NAMES) as Array<StoreChoice['kind']>;
	const keeping = kinds.filter((kind) => STORE_PROMISES[kind][promise]);
	return keeping.map((kind) => STORE_NAMES[kind]).join(' or ');
}
