import { describe, expect, it } from '@jest/globals';
import { embeddedFailure } from '../../../../../nodes/shared/threads/stores/embedded/explain-embedded-error';
import { StoreUnavailableError } from '../../../../../nodes/shared/threads/thread-store';

const FILE = '/data/threads.sqlite';
const sqlite = (errcode: number) =>
	Object.assign(new Error('what SQLite says'), { code: 'ERR_SQLITE_ERROR', errcode });
const system = (code: string) => Object.assign(new Error('what the system says'), { code });

describe('a failure of the file', () => {
	it.each<[what: string, error: Error, words: RegExp]>([
		['a full disk', sqlite(13), /^The disk is full\. Make room on the disk of \/data/],
		['a full disk', system('ENOSPC'), /^The disk is full\. Make room/],
		['a disk that is read only', sqlite(8), /can only be read\. Let n8n's user write/],
		['a database that was moved', sqlite(8 | (4 << 8)), /can only be read/],
		['a disk that is read only', system('EROFS'), /can only be read\. Let n8n's user write/],
		[
			'no rights',
			sqlite(14),
			/^n8n may not open the file\. Let n8n's user read and write \/data/,
		],
		[
			'no rights',
			system('EACCES'),
			/^n8n may not open the file\. Let n8n's user read and write/,
		],
		['damage', sqlite(11), /^The file is damaged\. It was left as it is\. .*backup/],
		['a failing disk', sqlite(10 | (3 << 8)), /^The disk failed \(what SQLite says\)/],
		['anything else', sqlite(1), /^SQLite reported: what SQLite says\./],
	])('says why, and the way out: %s', (_, error, words) => {
		const told = embeddedFailure(FILE, error);
		expect(told).toBeInstanceOf(StoreUnavailableError);
		expect(told).toMatchObject({ fix: expect.stringMatching(words), cause: error });
	});

	it('is not what the caller itself threw', () => {
		const own = new TypeError('undefined is not a function');
		expect(embeddedFailure(FILE, own)).toBe(own);
	});
});
