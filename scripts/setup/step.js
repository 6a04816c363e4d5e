'use strict';

const { spawn } = require('node:child_process');

/** Said to the person who ran the command: what failed and what to do about it. */
class SetupError extends Error {}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Runs one step, shows that it is alive, and keeps its output for the case that it fails. */
async function step(what, [program, ...args], { cwd, env, fix }) {
	const progress = showProgress(what);
	const output = [];
	const code = await new Promise((resolve) => {
		const shell = process.platform === 'win32' && program === 'npm';
		const child = spawn(program, args, { cwd, env, shell, stdio: ['ignore', 'pipe', 'pipe'] });
		child.stdout.on('data', (chunk) => output.push(chunk));
		child.stderr.on('data', (chunk) => output.push(chunk));
		child.on('error', (error) => {
			output.push(Buffer.from(`${error.message}\n`));
			resolve(1);
		});
		child.on('close', resolve);
		endWithUs(child);
	});
	progress.end(code === 0 ? 'done' : 'failed');
	if (code === 0) return;
	const tail = Buffer.concat(output).toString('utf8').trim().split('\n').slice(-40).join('\n');
	throw new SetupError(`${tail}\n\n${what} failed. ${fix}`);
}

/** An install that outlives us would go on writing into a folder that the next start empties. */
function endWithUs(child) {
	const stop = () => {
		child.kill('SIGTERM');
		process.exit(130);
	};
	for (const signal of SIGNALS) process.on(signal, stop);
	child.on('close', () => SIGNALS.forEach((signal) => process.off(signal, stop)));
}

/** On a terminal one line that counts the seconds; in a log a line every 15 seconds. */
function showProgress(what) {
	const started = Date.now();
	const elapsed = () => duration(Date.now() - started);
	const live = process.stdout.isTTY === true;
	const write = (text) => process.stdout.write(live ? `\r\x1b[K${text}` : `${text}\n`);
	write(`${what} ...`);
	const timer = setInterval(() => write(`${what} ... ${elapsed()}`), live ? 1_000 : 15_000);
	return {
		end(result) {
			clearInterval(timer);
			write(`${what}: ${result} after ${elapsed()}`);
			if (live) process.stdout.write('\n');
		},
	};
}

function duration(milliseconds) {
	const seconds = Math.round(milliseconds / 1000);
	return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

module.exports = { SetupError, SIGNALS, step };
