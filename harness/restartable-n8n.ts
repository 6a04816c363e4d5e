import { claimPort } from './claim-port';
import { N8nProcess, type N8nProcessOptions } from './n8n-process';

export type RestartableOptions = Omit<N8nProcessOptions, 'brokerPort'>;

/** An n8n process that can be ended and started again, on the same data and port. */
export class RestartableN8n {
	private running: N8nProcess | undefined;
	private earlierLogs = '';

	private constructor(private readonly options: N8nProcessOptions) {}

	static async start(options: RestartableOptions): Promise<RestartableN8n> {
		const n8n = new RestartableN8n({ ...options, brokerPort: await claimPort() });
		await n8n.launch();
		return n8n;
	}

	/** Of the process that runs now, and of its process group. */
	get pid(): number {
		if (!this.running) throw new Error('This n8n does not run');
		return this.running.pid;
	}

	get userFolder(): string {
		return this.options.userFolder;
	}

	/** All that it has printed, former lives included. */
	logs(): string {
		return this.earlierLogs + (this.running?.logs ?? '');
	}

	/** Lets it finish what it is doing. */
	async stop(): Promise<void> {
		await this.ended((n8n) => n8n.stop());
	}

	/** Ends it as a crash would; its data stays. */
	async kill(): Promise<void> {
		await this.ended((n8n) => n8n.kill());
	}

	/** Shuts down in order where it still runs, and starts again. */
	async restart(): Promise<void> {
		await this.stop();
		await this.launch();
	}

	private async launch(): Promise<void> {
		const started = new N8nProcess(this.options);
		this.running = started;
		await started.ready();
	}

	private async ended(end: (n8n: N8nProcess) => Promise<void>): Promise<void> {
		if (!this.running) return;
		const ending = this.running;
		this.running = undefined;
		await end(ending);
		this.earlierLogs += ending.logs;
	}
}
