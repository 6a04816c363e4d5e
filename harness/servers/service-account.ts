import { execFileSync } from 'node:child_process';
import { chownSync } from 'node:fs';

/** Database servers refuse to run as root; as root they run as the user `postgres`. */
export function serviceAccount(): { uid?: number; gid?: number } {
	if (process.getuid?.() !== 0) return {};
	try {
		const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres']).toString());
		return { uid: id('-u'), gid: id('-g') };
	} catch (cause) {
		throw new Error(
			'These tests run a Postgres server, which refuses to run as root. Run them as another user, or make a user named postgres.',
			{ cause },
		);
	}
}

export function giveToServiceAccount(path: string): void {
	const { uid, gid } = serviceAccount();
	if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}
