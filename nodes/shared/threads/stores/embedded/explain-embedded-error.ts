import { StoreUnavailableError } from '../../thread-store';
import type { Problem } from '../explain-network-error';

/** The file cannot be used as it is. The message says why. */
export class UnusableFileError extends Error {
	override readonly name = 'UnusableFileError';

	readonly fix: string;

	constructor({ cause, fix }: Problem, options?: { cause?: unknown }) {
		super(cause, options);
		this.fix = fix;
	}
}

/** Any failure of the engine in the words of the port; whatever else was thrown, as it is. */
export function embeddedFailure(file: string, error: unknown): unknown {
	const problem = explainEmbeddedError(file, error);
	return problem ? fileUnavailable(file, problem, error) : error;
}

export function lockedTooLong(
	file: string,
	waitedMs: number,
	cause: unknown,
): StoreUnavailableError {
	return fileUnavailable(
		file,
		{
			cause: `Another program has held the file locked for more than ${waitedMs / 1_000} seconds.`,
			fix: 'Close what has it open: a backup, a viewer for databases, a second n8n. Nothing else has to be changed.',
		},
		cause,
	);
}

/** As errors name it. */
export function fileName(file: string): string {
	return `file ${file}`;
}

function fileUnavailable(
	file: string,
	{ cause, fix }: Problem,
	error?: unknown,
): StoreUnavailableError {
	return new StoreUnavailableError(fileName(file), `${cause} ${fix}`, {
		cause: error,
	});
}

/** Undefined for what neither SQLite nor the file system has said. */
function explainEmbeddedError(file: string, error: unknown): Problem | undefined {
	if (error instanceof UnusableFileError) return { cause: error.message, fix: error.fix };
	const { code, errcode, message } = error as Partial<
		Record<'code' | 'message', string> & { errcode: number }
	>;
	if (code === 'ERR_SQLITE_ERROR') return explainResult(file, (errcode ?? 0) & 0xff, message);
	return explainSystem(file, code);
}

/** By SQLite's primary result codes. */
function explainResult(file: string, result: number, message = ''): Problem {
	switch (result) {
		case 3:
		case 14:
		case 23:
			return noRights(file);
		case 8:
			return {
				cause: 'The file, or the disk that it is on, can only be read.',
				fix: `Let n8n's user write to ${file} and its folder, or name a file on a disk that can be written to.`,
			};
		case 10:
			return {
				cause: `The disk failed (${message}).`,
				fix: 'Look into the health of the disk and of its connection; a network drive is no place for this file.',
			};
		case 13:
			return fullDisk(file);
		case 11:
		case 26:
			return {
				cause: 'The file is damaged. It was left as it is.',
				fix: 'Stop n8n and put the file back from a backup, without the files beside it that end in -wal and -shm.',
			};
		default:
			return {
				cause: `SQLite reported: ${message || 'no reason'}.`,
				fix: 'If the file was changed by another program, stop n8n and put it back from a backup. Else try again.',
			};
	}
}

function explainSystem(file: string, code: string | undefined): Problem | undefined {
	switch (code) {
		case 'EACCES':
		case 'EPERM':
			return noRights(file);
		case 'ENOSPC':
		case 'EDQUOT':
			return fullDisk(file);
		case 'EROFS':
			return explainResult(file, 8);
		case 'EIO':
		case 'ESTALE':
			return explainResult(file, 10, code);
		case 'EMFILE':
		case 'ENFILE':
			return {
				cause: 'n8n has too many files open.',
				fix: 'Restart n8n, and let it have more open files (ulimit -n).',
			};
		case 'ELOOP':
		case 'ENOENT':
		case 'ENOTDIR':
			return {
				cause: 'The file, or its folder, was taken away at this moment.',
				fix: `Check that ${file} is where it was, and that nothing moves it while n8n runs.`,
			};
		default:
			return undefined;
	}
}

function noRights(file: string): Problem {
	return {
		cause: 'n8n may not open the file.',
		fix: `Let n8n's user read and write ${file} and its folder.`,
	};
}

function fullDisk(file: string): Problem {
	return {
		cause: 'The disk is full.',
		fix: `Make room on the disk of ${file}. Nothing else has to be changed.`,
	};
}
