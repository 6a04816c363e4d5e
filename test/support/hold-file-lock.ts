import { spawn } from 'node:child_process';
import { once } from 'node:events';

const HOLD = `
const { DatabaseSync } = require('node:sqlite');
const database = new DatabaseSync(process.argv[1], { timeout: 5_000 });
database.exec(process.argv[2]);
process.stdout.write('held');
process.stdin.once('data', () => { database.close(); process.exit(); });
`;

/** Another process that holds the SQLite file locked until it is told to let go. */
export async function holdFileLock(
	file: string,
	how = 'BEGIN EXCLUSIVE',
): Promise<() => Promise<void>> {
	const holder = spawn(process.execPath, ['-e', HOLD, file, how], {
		stdio: ['pipe', 'pipe', 'inherit'],
	});
	await once(holder.stdout, 'data');
	return async () => {
		const ended = once(holder, 'exit');
		holder.stdin.write('go');
		await ended;
	};
}
