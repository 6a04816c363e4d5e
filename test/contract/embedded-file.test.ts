import {
	chmodSync,
	copyFileSync,
	existsSync,
	linkSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import type { FileAccess } from '../../nodes/shared/threads/stores/embedded/database-file';
import { openEmbeddedThreadStore } from '../../nodes/shared/threads/stores/embedded/embedded-thread-store';
import { type OpenThreadStore } from '../../nodes/shared/threads/thread-store';
import { storedMessage } from '../support/stored-message';

describe('the file of the embedded database', () => {
	let folder: string;
	let file: string;
	let said: string[];
	const opened: OpenThreadStore[] = [];
	const open = async (path = file, access?: FileAccess) => {
		const limits = { messagesPerThread: 50, maxAgeDays: 90, maxMegabytes: 100 };
		const log = {
			info: (words: string) => void said.push(`info: ${words}`),
			warn: (words: string) => void said.push(`warn: ${words}`),
		};
		const settings = { file: path, ...limits, ...(access ? { access } : {}) };
		const store = await openEmbeddedThreadStore(settings, systemClock, log);
		opened.push(store);
		return store;
	};
	const close = async () => {
		for (const store of opened.splice(0)) await store.close();
	};
	const rightsOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
	const because = (words: RegExp) => ({
		name: 'StoreUnavailableError',
		fix: expect.stringMatching(words),
	});
	/** Another program's database, as it lies on the disk. */
	const foreign = (path: string, make: string) => {
		const database = new DatabaseSync(path);
		database.exec(make);
		database.close();
		return readFileSync(path);
	};

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), 'sms-file-'));
		file = join(folder, 'deeper', 'sms-agent', 'threads.sqlite');
		said = [];
	});
	afterEach(async () => {
		await close();
		rmSync(folder, { recursive: true });
	});

	describe('is for n8n alone', () => {
		it('with all that SQLite puts beside it, and the folders that were made for it', async () => {
			const store = await open();
			await store.threads.append('t', [storedMessage('hi')], 0);
			expect(rightsOf(dirname(file))).toBe('700');
			expect(rightsOf(dirname(dirname(file)))).toBe('700');
			const parts = readdirSync(dirname(file)).sort();
			expect(parts).toEqual(['threads.sqlite', 'threads.sqlite-shm', 'threads.sqlite-wal']);
			for (const part of parts) expect(rightsOf(join(dirname(file), part))).toBe('600');
			expect(said).toEqual([
				expect.stringMatching(/^info: Began a new, empty file .*threads\.sqlite$/),
			]);
		});

		it('also where an earlier version left it open to others', async () => {
			await open();
			await close();
			chmodSync(file, 0o644);
			await open();
			expect(rightsOf(file)).toBe('600');
		});
	});

	describe('is ours', () => {
		it('by an ID in its header, and taken over from the first version, which had none', async () => {
			const store = await open();
			await store.threads.append('t', [storedMessage('hi')], 0);
			await close();
			expect(readFileSync(file).toString('latin1', 68, 72)).toBe('SmsA');
			foreign(file, 'PRAGMA application_id = 0');
			expect((await (await open()).threads.read('t', 1)).keptMessages).toBe(1);
			await close();
			expect(readFileSync(file).toString('latin1', 68, 72)).toBe('SmsA');
		});

		it.each(['ANALYZE', 'CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER)'])(
			'also from the first version with what those who look after the file put into it: %s',
			async (more) => {
				const store = await open();
				await store.threads.append('t', [storedMessage('hi')], 0);
				await close();
				foreign(file, `PRAGMA application_id = 0; ${more}`);
				expect((await (await open()).threads.read('t', 1)).keptMessages).toBe(1);
			},
		);

		it.each<[what: string, make: string]>([
			['as n8n has them', 'CREATE TABLE workflow_entity (id); CREATE TABLE threads (id);'],
			[
				'in its log alone',
				'PRAGMA journal_mode = WAL; CREATE TABLE credentials_entity (id);',
			],
			['with an ID of its own', 'PRAGMA application_id = 7; CREATE TABLE notes (id);'],
		])('not where it has the tables of another program: %s', async (_, make) => {
			mkdirSync(dirname(file), { recursive: true });
			const before = foreign(file, make);
			await expect(open()).rejects.toMatchObject(because(/belongs to another program/));
			expect(readFileSync(file).equals(before)).toBe(true);
			expect(readdirSync(dirname(file))).toEqual(['threads.sqlite']);
		});

		it('not where the tables of another program are in a log that it has left', async () => {
			const other = join(folder, 'other.sqlite');
			mkdirSync(dirname(file), { recursive: true });
			const database = new DatabaseSync(other);
			database.exec('PRAGMA journal_mode = WAL; CREATE TABLE credentials_entity (id);');
			for (const end of ['', '-wal']) copyFileSync(other + end, file + end);
			database.close();
			const before = ['', '-wal'].map((end) => readFileSync(file + end, 'latin1'));
			await expect(open()).rejects.toMatchObject(because(/belongs to another program/));
			expect(['', '-wal'].map((end) => readFileSync(file + end, 'latin1'))).toEqual(before);
		});

		it('not by another name for the database of another program', async () => {
			const other = join(folder, 'database.sqlite');
			foreign(other, 'CREATE TABLE workflow_entity (id)');
			mkdirSync(dirname(file), { recursive: true });
			linkSync(other, file);
			await expect(open()).rejects.toMatchObject(because(/belongs to another program/));
		});

		it('not where it is no database', async () => {
			mkdirSync(dirname(file), { recursive: true });
			writeFileSync(file, 'a diary');
			await expect(open()).rejects.toMatchObject(because(/belongs to another program/));
			expect(readFileSync(file, 'utf8')).toBe('a diary');
		});

		it.each([
			['a folder', (path: string) => mkdirSync(path)],
			['a link', (path: string) => symlinkSync(join(folder, 'elsewhere.sqlite'), path)],
		])('not where it is %s', async (_, make) => {
			mkdirSync(dirname(file), { recursive: true });
			make(file);
			await expect(open()).rejects.toMatchObject(because(/is no plain file/));
			expect(existsSync(join(folder, 'elsewhere.sqlite'))).toBe(false);
		});

		it('not where something else is to be written through what stands beside it', async () => {
			mkdirSync(dirname(file), { recursive: true });
			symlinkSync(join(folder, 'victim'), `${file}-wal`);
			await expect(open()).rejects.toMatchObject(because(/-wal is no plain file/));
		});

		it('and is left as it is where it is damaged', async () => {
			const store = await open();
			for (let n = 0; n < 50; n++) {
				await store.threads.append('t', [storedMessage('x'.repeat(500))], 0);
			}
			await close();
			const spoiled = readFileSync(file).fill('?', 100, 20_000);
			writeFileSync(file, spoiled);
			await expect(open()).rejects.toMatchObject(because(/^The file is damaged\. .*backup/));
			expect(readFileSync(file).equals(spoiled)).toBe(true);
		});

		it('not where a newer version has written it', async () => {
			await open();
			await close();
			foreign(file, 'PRAGMA user_version = 99');
			await expect(open()).rejects.toMatchObject(
				because(/newer version .* left as it is\. Update n8n-nodes-sms-agent/),
			);
		});
	});

	describe('stands where the operator lets it', () => {
		const at = (...names: string[]) => join(folder, ...names);
		const access = (rules: Partial<FileAccess>): FileAccess => ({
			...{
				ours: at('.n8n', 'sms-agent'),
				allowed: [],
				blocked: [at('.n8n')],
				field: 'Database File',
			},
			...rules,
		});

		const opening = async (path: string[], allowed: string[]) => {
			mkdirSync(at('.n8n'));
			mkdirSync(at('files'));
			symlinkSync(folder, at('files', 'out'));
			symlinkSync(at('.n8n'), at('to-n8n'));
			const rules = access({ allowed: allowed.map((name) => at(name)) });
			return await open([folder, ...path].join('/'), rules);
		};

		it.each<[what: string, path: string[], allowed: string[]]>([
			['its usual place', ['.n8n', 'sms-agent', 'x.sqlite'], ['files']],
			['anywhere without a rule', ['data', 'x.sqlite'], []],
			['in a folder that is allowed', ['files', 'a', 'x.sqlite'], ['files']],
		])('%s', async (_, path, allowed) => {
			await opening(path, allowed);
			expect(existsSync(at(...path))).toBe(true);
		});

		it.each<[what: string, path: string[], why: RegExp, allowed: string[]]>([
			['beside it', ['files-2', 'x.sqlite'], /in .*files only/, ['files']],
			['out of it by dots', ['files', '..', 'x.sqlite'], /in .*files only/, ['files']],
			['out of it by a link', ['files', 'out', 'x.sqlite'], /in .*files only/, ['files']],
			["in n8n's own folder", ['.n8n', 'x.sqlite'], /among n8n's own files/, []],
			["in n8n's own folder by a link", ['to-n8n', 'x.sqlite'], /among n8n's own files/, []],
		])('and nowhere else: %s', async (_, path, why, allowed) => {
			await expect(opening(path, allowed)).rejects.toMatchObject({
				name: 'InvalidInputError',
				message: expect.stringMatching(why),
				fix: expect.stringContaining('Leave it empty'),
			});
			expect(existsSync(at(...path))).toBe(false);
		});
	});

	describe('that somebody takes away', () => {
		it('is an outage until it is put back, and no empty history', async () => {
			const store = await open();
			await store.threads.append('t', [storedMessage('hi')], 0);
			renameSync(file, `${file}.away`);
			const gone = because(/no longer there.* forget who has texted STOP.*restart n8n/);
			await expect(store.threads.read('t', 1)).rejects.toMatchObject(gone);
			await expect(store.claims.claim('k', 1)).rejects.toMatchObject(gone);
			// A pool closes what has not been used, and opens it anew.
			await expect(open()).rejects.toMatchObject(gone);
			expect(existsSync(file)).toBe(false);
			renameSync(`${file}.away`, file);
			expect((await store.threads.read('t', 1)).keptMessages).toBe(1);
		});

		it('goes on with another one in its place, and says so', async () => {
			const store = await open();
			await store.threads.append('t', [storedMessage('old')], 0);
			const backup = join(folder, 'backup.sqlite');
			const restored = await open(backup);
			await restored.threads.append('t', [storedMessage('older')], 0);
			await restored.close();
			for (const end of ['', '-wal', '-shm']) rmSync(file + end);
			renameSync(backup, file);
			const { messages } = await store.threads.read('t', 5);
			expect(messages.map(({ body }) => body)).toEqual(['older']);
			expect(said.at(-1)).toMatch(/^warn: .*threads\.sqlite was replaced by another file/);
		});

		it('never reads the log of the former file into the one in its place', async () => {
			const store = await open();
			await store.threads.append('t', [storedMessage('old')], 0);
			const backup = join(folder, 'backup.sqlite');
			await (await open(backup)).close();
			const before = readFileSync(backup);
			renameSync(backup, file);
			await expect(store.threads.read('t', 5)).rejects.toMatchObject(
				because(/was replaced while n8n had it open.*Stop n8n, delete/),
			);
			expect(readFileSync(file).equals(before)).toBe(true);
		});
	});
});
