import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { InvalidInputError } from '../../messaging/invalid-input-error';
import { type StoreKind, STORE_PROMISES, type StorePromises } from '../../threads/thread-store';
import { DEFAULT_LIMITS, LEAST_MESSAGES, type ThreadLimits } from '../../threads/thread-limits';
import { nodeVersion, runsInQueueMode } from '../host/environment';
import type { TriggerContext } from '../host/field-value';
import { beginsWithCall, triggersBefore } from '../items/trigger-item';
import { automaticPlace, hasSqlite } from './automatic-place';
import {
	AS_TRIGGER,
	AUTOMATIC,
	AUTOMATIC_VALUE,
	KEEP_IN,
	STORE_NAMES,
} from './thread-store-fields';

/** Where a node keeps its threads, as the builder chose. */
export interface StoreChoice {
	kind: keyof typeof STORE_NAMES;
	/** What Automatic comes to here. */
	isAutomatic?: true;
	/** Of the embedded database; empty for its usual place. */
	file: string;
	limits: ThreadLimits;
}

/** Kinds that a node cannot take over from its trigger: it needs their credential itself. */
const HAS_CREDENTIAL: Readonly<Record<StoreChoice['kind'], boolean>> = {
	staticData: false,
	embedded: false,
	redis: true,
	postgres: true,
};

/** The trigger's own choice. In `execute()` n8n wants to be told an item to read a field. */
export function storeChoiceOfTrigger(
	context: TriggerContext | IExecuteFunctions,
	fields: Pick<TriggerContext, 'getNodeParameter'> = context,
): StoreChoice {
	return choiceIn(context, {
		threadStore: fields.getNodeParameter('threadStore', AUTOMATIC_VALUE),
		threadStoreFile: fields.getNodeParameter('threadStoreFile', ''),
		options: fields.getNodeParameter('options', {}),
	});
}

/**
 * The choice of a node that acts on threads: its own or, by default, that of the trigger before it.
 * Throws InvalidInputError where the two would keep one conversation in two places.
 */
export function storeChoiceOf(context: IExecuteFunctions): StoreChoice {
	const own = context.getNodeParameter('threadStore', 0, AS_TRIGGER) as string;
	const ofTrigger = choiceOfTriggersBefore(context);
	if (own === AS_TRIGGER) {
		if (!ofTrigger && isCalledByAnother(context)) throw triggerElsewhere();
		const choice = ofTrigger ?? choiceIn(context, { options: ownOptions(context) });
		if (HAS_CREDENTIAL[choice.kind]) throw needsChoice(choice.kind);
		return choice;
	}
	const choice = choiceIn(context, {
		threadStore: own,
		threadStoreFile: context.getNodeParameter('threadStoreFile', 0, ''),
		options: ofTrigger?.limits ?? ownOptions(context),
	});
	if (ofTrigger && (choice.kind !== ofTrigger.kind || choice.file !== ofTrigger.file)) {
		throw keptElsewhere(ofTrigger.kind);
	}
	return choice;
}

/**
 * Throws InvalidInputError where the conversation of an item cannot be in the store: a sub-workflow
 * that keeps its own does not see those of the workflow that called it.
 */
export function assertHoldsThread(context: IExecuteFunctions, { kind }: { kind: StoreKind }): void {
	if (kind !== 'staticData' || !isCalledByAnother(context)) return;
	throw new InvalidInputError({
		field: KEEP_IN,
		cause: 'This Workflow is this sub-workflow, which does not see the conversations of the workflow that called it',
		fix: `Choose ${SHARED_PLACES} here and in the trigger, with the same file or credential, or move this node into the workflow of the trigger.`,
	});
}

const SHARED_PLACES = `${STORE_NAMES.embedded}, ${STORE_NAMES.redis} or ${STORE_NAMES.postgres}`;

/** Whether the run is a sub-workflow's. In the editor it may be tried without its caller. */
function isCalledByAnother(context: IExecuteFunctions): boolean {
	return context.getMode() === 'integrated' || beginsWithCall(context);
}

/** n8n does not tell a sub-workflow where the trigger of its caller keeps conversations. */
function triggerElsewhere(): InvalidInputError {
	return new InvalidInputError({
		field: KEEP_IN,
		cause: 'this node is in a sub-workflow, where it cannot see what the trigger in the other workflow has for Same Place as the Trigger',
		fix: `Choose here what the trigger has: ${SHARED_PLACES}, with the same file or credential. Where the trigger has ${AUTOMATIC} or ${STORE_NAMES.staticData}, choose another place in both, or move this node into the workflow of the trigger. To text people first, without any trigger, choose This Workflow here.`,
	});
}

/** A text and a call of one contact belong together, so all triggers before a node must agree. */
function choiceOfTriggersBefore(context: IExecuteFunctions): StoreChoice | undefined {
	const triggers = triggersBefore(context);
	const [first, ...others] = triggers.map(({ parameters }) =>
		choiceIn(context, parameters ?? {}),
	);
	const differing = others.find(({ kind, file }) => kind !== first?.kind || file !== first.file);
	if (first === undefined || differing === undefined) return first;
	const names = triggers.map(({ name }) => `"${name}"`).join(' and ');
	throw new InvalidInputError({
		field: KEEP_IN,
		cause: `the triggers before this node (${names}) keep conversations in different places (${STORE_NAMES[first.kind]}, ${STORE_NAMES[differing.kind]})`,
		fix: 'Choose the same place, and the same credential, in all of them.',
	});
}

/** Where there is no trigger, limits may stand on the node itself. */
function ownOptions(context: IExecuteFunctions): unknown {
	return context.getNodeParameter('options', 0, {});
}

function choiceIn(context: TriggerContext | IExecuteFunctions, parameters: object): StoreChoice {
	const {
		threadStore = AUTOMATIC_VALUE,
		threadStoreFile,
		options,
	} = parameters as {
		threadStore?: StoreChoice['kind'] | typeof AUTOMATIC_VALUE;
		threadStoreFile?: string;
		options?: IDataObject;
	};
	const limit = (name: keyof ThreadLimits) => {
		const value = Number(options?.[name]);
		return value > 0 ? value : DEFAULT_LIMITS[name];
	};
	return {
		...(threadStore === AUTOMATIC_VALUE
			? { kind: automaticPlace(context), isAutomatic: true }
			: { kind: threadStore }),
		file: threadStore === 'embedded' ? (threadStoreFile ?? '').trim() : '',
		limits: {
			messagesPerThread: Math.max(LEAST_MESSAGES, limit('messagesPerThread')),
			maxThreads: limit('maxThreads'),
			maxAgeDays: limit('maxAgeDays'),
		},
	};
}

function needsChoice(kind: StoreChoice['kind']): InvalidInputError {
	return new InvalidInputError({
		field: KEEP_IN,
		cause: `the trigger keeps conversations in ${STORE_NAMES[kind]}, and this node has no credential for it`,
		fix: `Choose ${STORE_NAMES[kind]} here too, with the same credential as in the trigger.`,
	});
}

function keptElsewhere(kind: StoreChoice['kind']): InvalidInputError {
	return new InvalidInputError({
		field: KEEP_IN,
		cause: `the trigger keeps conversations elsewhere (${STORE_NAMES[kind]}), so this node would not find them`,
		fix: 'Choose Same Place as the Trigger or, with Redis and Postgres, the same choice and credential as there.',
	});
}

/** A promise that this n8n cannot do without, and what a store that lacks it would come to. */
interface Demand {
	promise: keyof StorePromises;
	cause: string;
}

/** Throws InvalidInputError for a store that does not promise what this n8n needs of it, or cannot run on its Node. */
export function assertStoreWorksHere(
	{ kind }: Pick<StoreChoice, 'kind'>,
	node = nodeVersion(),
): void {
	const unmet = demandsOfThisN8n().find(({ promise }) => !STORE_PROMISES[kind][promise]);
	if (!unmet) {
		if (kind === 'embedded' && !hasSqlite(node)) throw needsNewerNode(node);
		return;
	}
	throw new InvalidInputError({
		field: KEEP_IN,
		cause: unmet.cause,
		fix: `Choose ${choicesWith(unmet.promise)} in every node of the workflow that has this field.`,
	});
}

function needsNewerNode(node: string): InvalidInputError {
	return new InvalidInputError({
		field: KEEP_IN,
		cause: `${STORE_NAMES.embedded} needs Node 22.16 or later, and this n8n runs on Node ${node}`,
		fix: 'Run n8n on a newer Node, or choose another place in every node of the workflow that has this field.',
	});
}

function demandsOfThisN8n(): Demand[] {
	if (!runsInQueueMode()) return [];
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
