import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
	type RedisSettings,
	redisSettingsOf,
} from '../../nodes/shared/threads/stores/redis/redis-settings';
import { claimPort } from '../claim-port';

/** A Redis server of a test's own, to be stopped, frozen and brought back. */
export class OwnRedisServer {
	private process: ChildProcess | undefined;

	private constructor(
		readonly port: number,
		readonly folder: string,
		private readonly options: string[],
	) {}

	/** Fails, rather than skipping, where `redis-server` is not installed. */
	static async start(...options: string[]): Promise<OwnRedisServer> {
		const folder = await OwnRedisServer.newFolder();
		const server = new OwnRedisServer(await claimPort(), folder, options);
		await server.bringBack();
		return server;
	}

	static async newFolder(): Promise<string> {
		return await mkdtemp(join(tmpdir(), 'sms-agent-redis-'));
	}

	settings(fields: Record<string, unknown> = {}): RedisSettings {
		return redisSettingsOf({ host: '127.0.0.1', port: this.port, ...fields });
	}

	/** As after a crash: no goodbye, nothing saved but what is already on the disk. */
	async kill(): Promise<void> {
		const { process } = this;
		this.process = undefined;
		if (!process || process.exitCode !== null || process.signalCode !== null) return;
		process.kill('SIGKILL');
		await once(process, 'exit');
	}

	/** It keeps its connections and takes new ones, and says nothing. */
	freeze(): void {
		this.process?.kill('SIGSTOP');
	}

	thaw(): void {
		this.process?.kill('SIGCONT');
	}

	async bringBack(): Promise<void> {
		const base = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', ''];
		const options = [...base, '--dir', this.folder, ...this.options];
		const process = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'ignore'] });
		this.process = process;
		let log = '';
		await new Promise<void>((ready, fail) => {
			process.once('error', (cause) => {
				fail(
					new Error('These tests start redis-server themselves; install it.', { cause }),
				);
			});
			process.once('exit', () => fail(new Error(`redis-server ended at once:\n${log}`)));
			process.stdout.on('data', (text: Buffer) => {
				log += text.toString();
				if (log.includes('Ready to accept connections')) ready();
			});
		});
	}

	async dispose(): Promise<void> {
		await this.kill();
		await rm(this.folder, { recursive: true, force: true });
	}
}
