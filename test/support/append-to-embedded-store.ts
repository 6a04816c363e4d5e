// Run as a process of its own: appends `count` texts by `author` to the thread "shared" of `file`.
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { openEmbeddedThreadStore } from '../../nodes/shared/threads/stores/embedded/embedded-thread-store';
import { storedMessage } from './stored-message';

async function main([file = '', author = '', count = '']: string[]): Promise<void> {
	const { threads, close } = await openEmbeddedThreadStore(
		{ file, messagesPerThread: 1_000, maxAgeDays: 90, maxMegabytes: 100 },
		systemClock,
	);
	for (let at = 0; at < Number(count); at++) {
		const text = storedMessage(`${author} text ${at}`, {
			messageSid: `${author}-${at}`,
			at: new Date().toISOString(),
		});
		await threads.append('shared', [text], 0);
	}
	await close();
}

void main(process.argv.slice(2));
