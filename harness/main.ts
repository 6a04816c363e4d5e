import { parseArgs } from 'node:util';
import { claimPort } from './claim-port';
import { clearDeadRuns, endThisRun, endThisRunOnSignals } from './leftovers';
import { startN8n } from './n8n-host';
import { OWNER } from './template-folder';

/**
 * Starts an n8n with the package of the current sources, prints where it is as one JSON line, and
 * ends it when it is itself ended. `--port` asks for a port; where that is in use, the next free one
 * is taken.
 */
async function main(): Promise<void> {
	const { values } = parseArgs({ options: { port: { type: 'string' } } });
	clearDeadRuns();
	endThisRunOnSignals();
	// A program that has forked this one is gone.
	process.once('disconnect', () => {
		endThisRun();
		process.exit(0);
	});
	const port = await (values.port === undefined ? claimPort() : claimPort(Number(values.port)));
	const { url, pid, userFolder, logFile } = await startN8n({ port });
	const { email, password } = OWNER;
	process.stdout.write(`${JSON.stringify({ url, pid, userFolder, logFile, email, password })}\n`);
}

main().catch((error: unknown) => {
	console.error(error);
	endThisRun();
	process.exit(1);
});
