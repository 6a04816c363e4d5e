import type { AllowanceCount } from '../allowance';
import type { ClaimRecord } from '../claim-ledger';
import type { RecordValue } from '../record-store';
import {
	StoreUnavailableError,
	type Passed,
	type Begun,
	type Closed,
	type Ending,
	type Retry,
	type Takeover,
	type TaskOn,
	type ThreadPage,
	type ThreadState,
	type ThreadSummary,
} from '../thread-store';

/** What a store has kept is damaged, or was written by a version that this one does not understand. */
export class UnreadableError extends Error {
	override readonly name = 'UnreadableError';
}

/**
 * Runs `read` on what `store` keeps of a thread. Throws StoreUnavailableError where that cannot be
 * read: taken for nothing, it would be written over, and who has the conversation forgotten.
 */
export function readOfThread<Result>(store: string, threadId: string, read: () => Result): Result {
	return readPart(store, threadId, `the conversation ${threadId}`, read);
}

/** The same for a claim. */
export function readOfClaim<Result>(store: string, key: string, read: () => Result): Result {
	return readPart(store, key, `${key}, which tells what was done already,`, read);
}

/** The same for a record. */
export function readOfRecord<Result>(store: string, key: string, read: () => Result): Result {
	return readPart(store, key, `the record ${key}`, read);
}

function readPart<Result>(store: string, part: string, what: string, read: () => Result): Result {
	try {
		return read();
	} catch (cause) {
		if (!(cause instanceof UnreadableError)) throw cause;
		const fix = `What is kept of ${what} cannot be read: ${cause.message}. It was left as it is; nothing else is concerned. Update n8n-nodes-sms-agent if a newer version has written it, else put it back from a backup.`;
		throw new StoreUnavailableError(store, fix, { cause, part });
	}
}

/** What can be read; in the place of anything else, why not. */
export function readOrWhyNot<Result>(read: () => Result): Result | StoreUnavailableError {
	try {
		return read();
	} catch (error) {
		if (error instanceof StoreUnavailableError) return error;
		throw error;
	}
}

/** A page of those that can be read; the others apart, since one must not hide the rest. */
export function pageOf<Row>(
	rows: readonly Row[],
	summaryOf: (row: Row) => ThreadSummary,
): ThreadPage {
	const { sound, ...others } = apart(rows, summaryOf);
	return { threads: sound, ...others };
}

/** The same for rows of any kind. */
export function apart<Row, Result>(
	rows: readonly Row[],
	read: (row: Row) => Result,
): { sound: Result[]; unreadable?: StoreUnavailableError[] } {
	const sound: Result[] = [];
	const unreadable: StoreUnavailableError[] = [];
	for (const row of rows) {
		const found = readOrWhyNot(() => read(row));
		if (found instanceof StoreUnavailableError) unreadable.push(found);
		else sound.push(found);
	}
	return { sound, ...(unreadable.length > 0 ? { unreadable } : {}) };
}

/** Throws UnreadableError for a text that is no JSON. */
export function parsed(json: string): unknown {
	try {
		return JSON.parse(json);
	} catch {
		throw new UnreadableError('it is no whole JSON');
	}
}

/** What a claim's holder wrote down. Throws UnreadableError. */
export function recordIn(found: unknown): ClaimRecord {
	if (isObject(found)) return found as ClaimRecord;
	throw new UnreadableError('its record is of a kind that this version does not know');
}

/** What is kept under a key of a record. Throws UnreadableError. */
export function valueIn(found: unknown): RecordValue {
	if (isObject(found)) return found as RecordValue;
	throw new UnreadableError('it is of a kind that this version does not know');
}

/** How much of an allowance was used. Throws UnreadableError. */
export function countIn(found: unknown): AllowanceCount {
	if (isObject(found) && isCount(found['since']) && isCount(found['used'])) {
		return found as unknown as AllowanceCount;
	}
	throw new UnreadableError('it is no count that this version knows');
}

/** A thread's state. What a later version has added to it stays in it. Throws UnreadableError. */
export function stateIn(found: unknown): ThreadState {
	if (!isObject(found)) throw new UnreadableError('its state is none');
	// So a later version marks a state whose fields mean something else.
	if (found['version'] !== undefined) {
		throw new UnreadableError('its state was written by a newer version of this package');
	}
	for (const [name, isSound] of STATE_FIELDS) {
		if (isSound(found[name])) continue;
		throw new UnreadableError(
			`"${name}" of its state is of a kind that this version does not know`,
		);
	}
	return found as unknown as ThreadState;
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isTextIfAny = (value: unknown): boolean => value === undefined || isText(value);
const isCount = (value: unknown): boolean => Number.isFinite(value);

/** What each field of something kept has to be; what a later version has added is passed over. */
type Shape<Kept> = { readonly [name in keyof Required<Kept>]: (value: unknown) => boolean };

/** @param shapeOf asked for when it is needed, as those further down. */
function ifAny<Kept>(shapeOf: () => Shape<Kept>): (value: unknown) => boolean {
	return (value) =>
		value === undefined ||
		(isObject(value) &&
			Object.entries<(field: unknown) => boolean>(shapeOf()).every(([name, isSound]) =>
				isSound(value[name]),
			));
}

const STATE: Shape<ThreadState> = {
	takeover: ifAny(() => TAKEOVER),
	passed: ifAny(() => PASSED),
	task: ifAny(() => TASK),
	closed: ifAny(() => CLOSED),
	ending: ifAny(() => ENDING),
	idle: ifAny(() => BEGUN),
	metadata: isObject,
	startedThrough: isTextIfAny,
	startedAt: isTextIfAny,
	startedBy: isTextIfAny,
	startedFor: isTextIfAny,
	mayEndSilently: (value) => value === undefined || value === true,
	endedThrough: isTextIfAny,
	endedIn: isTextIfAny,
	endedQuietly: (value) => value === undefined || value === true,
	givenBackThrough: isTextIfAny,
	givenBackTimes: (value) => value === undefined || isCount(value),
	movedTo: (value) =>
		value === undefined ||
		(isObject(value) && isText(value['through']) && isText(value['agentId'])),
	retry: ifAny(() => RETRY),
	repliedAt: (value) => value === undefined || (Array.isArray(value) && value.every(isCount)),
};
const STATE_FIELDS = Object.entries(STATE);

const isTextOrNull = (value: unknown): boolean => value === null || isText(value);

const TAKEOVER: Shape<Takeover> = {
	since: isText,
	until: isTextOrNull,
	pauseMs: (value) => value === null || isCount(value),
	by: isText,
	why: isText,
};

const PASSED: Shape<Passed> = {
	to: isText,
	by: isText,
	reason: isText,
	through: isText,
};

const TASK: Shape<TaskOn> = {
	name: isText,
	by: isText,
	since: isText,
	doneAt: isTextIfAny,
};

const CLOSED: Shape<Closed> = {
	since: isText,
	by: isText,
	through: isTextIfAny,
};

const ENDING: Shape<Ending> = {
	doneThrough: isTextIfAny,
	doneAt: isTextIfAny,
	begun: ifAny(() => BEGUN),
};

const BEGUN: Shape<Begun> = {
	through: isText,
	at: isText,
	times: isCount,
};

const RETRY: Shape<Retry> = {
	through: isText,
	at: isText,
	since: isText,
	times: isCount,
	why: isText,
};

export function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
