import type { Clock } from '../../../messaging/clock';
import type { AllowanceLedger } from '../../allowance';
import type { ClaimLedger } from '../../claim-ledger';
import type { RecordStore } from '../../record-store';
import {
	type OpenThreadStore,
	STORE_PROMISES,
	type StorePorts,
	type ThreadStore,
} from '../../thread-store';
import { LEASE_HOLD_MS } from '../../timing';
import { assertReplaced, type FileLog, identityOf, isSameFile } from './database-file';
import { embeddedAllowances } from './embedded-allowances';
import { embeddedClaims } from './embedded-claims';
import { openEmbeddedDatabase, type OpenDatabase } from './embedded-database';
import { embeddedRecords } from './embedded-records';
import { type EmbeddedSettings, embeddedThreads } from './embedded-threads';
import {
	embeddedFailure,
	fileName,
	lockedTooLong,
	UnusableFileError,
} from './explain-embedded-error';
import { LockQueue } from './lock-queue';
import type { WithoutPause } from './without-pause';

const NO_LOG: FileLog = { info: () => {}, warn: () => {} };

/** Milliseconds for a lock to go. Twilio hears no answer to a call after five seconds, and asks again. */
const REQUEST_WAITS_MS = 4_000;
/** A run has nobody who waits for it; its hold on a thread ends no sooner. */
const RUN_WAITS_MS = LEASE_HOLD_MS;

type Run = <Result>(work: (file: OpenFile) => Result) => Promise<Result>;

interface OpenFile extends OpenDatabase {
	threads: WithoutPause<ThreadStore>;
	claims: WithoutPause<ClaimLedger>;
	allowances: WithoutPause<AllowanceLedger>;
	records: WithoutPause<RecordStore>;
}

/**
 * Threads in one SQLite file, for all workflows of one n8n server. Rejects with StoreUnavailableError
 * for a file that cannot be written, is no database of ours, or stays locked; with InvalidInputError for one
 * in a place that is not for it.
 */
export async function openEmbeddedThreadStore(
	settings: EmbeddedSettings,
	clock: Clock,
	log: FileLog = NO_LOG,
): Promise<OpenThreadStore> {
	const { file } = settings;
	let open: OpenFile | undefined;
	let closed = false;
	const queue = new LockQueue(clock, (waitedMs, cause) => lockedTooLong(file, waitedMs, cause));

	const openNow = (): OpenFile => {
		const opened = openEmbeddedDatabase(file, settings.access, log);
		try {
			const { database } = opened;
			return {
				...opened,
				threads: embeddedThreads(database, settings, clock),
				claims: embeddedClaims(database, clock, fileName(file)),
				allowances: embeddedAllowances(database, clock, fileName(file)),
				records: embeddedRecords(database, fileName(file)),
			};
		} catch (error) {
			opened.database.close();
			throw error;
		}
	};
	/** The file as it is at this moment: a database whose file was taken away goes on as if nothing had happened. */
	const current = (): OpenFile => {
		if (closed) throw closedFile();
		if (open === undefined) return (open = openNow());
		const now = identityOf(open.path);
		if (isSameFile(open.file, now)) return open;
		assertReplaced(open.path, now, open.log);
		const { database, path } = open;
		open = undefined;
		database.close();
		log.warn(`${path} was replaced by another file; conversations go on with what that has.`);
		return (open = openNow());
	};
	const runWithin =
		(patienceMs: number): Run =>
		async (work) => {
			try {
				return await queue.run(() => work(current()), patienceMs);
			} catch (error) {
				throw embeddedFailure(file, error);
			}
		};

	const run = runWithin(REQUEST_WAITS_MS);
	await run(() => {});
	return {
		kind: 'embedded',
		promises: STORE_PROMISES.embedded,
		...ports(run),
		patient: ports(runWithin(RUN_WAITS_MS)),
		close: async () => {
			closed = true;
			open?.database.close();
			open = undefined;
		},
	};
}

function ports(run: Run): StorePorts {
	return {
		threads: {
			append: async (...given) => await run(({ threads }) => threads.append(...given)),
			read: async (...given) => await run(({ threads }) => threads.read(...given)),
			readMany: async (...given) => await run(({ threads }) => threads.readMany(...given)),
			changeState: async (...given) =>
				await run(({ threads }) => threads.changeState(...given)),
			list: async (...given) => await run(({ threads }) => threads.list(...given)),
			delete: async (...given) => await run(({ threads }) => threads.delete(...given)),
		},
		claims: {
			claim: async (...given) => await run(({ claims }) => claims.claim(...given)),
			look: async (...given) => await run(({ claims }) => claims.look(...given)),
			note: async (...given) => await run(({ claims }) => claims.note(...given)),
			settle: async (...given) => await run(({ claims }) => claims.settle(...given)),
			release: async (...given) => await run(({ claims }) => claims.release(...given)),
		},
		allowances: {
			take: async (...given) => await run(({ allowances }) => allowances.take(...given)),
			takeEach: async (...given) =>
				await run(({ allowances }) => allowances.takeEach(...given)),
		},
		records: {
			read: async (...given) => await run(({ records }) => records.read(...given)),
			change: async (...given) => await run(({ records }) => records.change(...given)),
			list: async (...given) => await run(({ records }) => records.list(...given)),
			delete: async (...given) => await run(({ records }) => records.delete(...given)),
		},
	};
}

function closedFile(): UnusableFileError {
	return new UnusableFileError({
		cause: 'The file was closed: n8n is stopping, or has not used it for long.',
		fix: 'Run the workflow again.',
	});
}
