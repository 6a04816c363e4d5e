import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs the npm that started us, or the one on the PATH; rejects with its output when it fails. */
export async function npm(
	args: string[],
	options: { cwd: string; env?: NodeJS.ProcessEnv; signal?: AbortSignal },
): Promise<{ stdout: string; stderr: string }> {
	const script = process.env['npm_execpath'];
	const viaScript = script?.endsWith('npm-cli.js') ?? false;
	const command = viaScript ? process.execPath : 'npm';
	try {
		return await run(command, viaScript ? [script ?? '', ...args] : args, {
			...options,
			env: options.env ?? process.env,
			maxBuffer: 64 * 1024 * 1024,
			shell: !viaScript && process.platform === 'win32',
		});
	} catch (cause) {
		const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string };
		throw new Error(`npm ${args.join(' ')} failed in ${options.cwd}:\n${stdout}\n${stderr}`, {
			cause,
		});
	}
}
