import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { webhookNode } from '../e2e/support/webhook-node';
import type { AttackFixture } from './support/attack-fixture';
import type { RawRequest } from './support/attacker';
import { whileWatched } from './support/health-watch';
import { isWhole, sizes } from './support/sizes';

/** Below what n8n takes, which is 16 MB. */
const BYTES = 15 * 1024 * 1024;
/** Milliseconds that ours may take on top: n8n collects its garbage when it likes. Without a bound it is thousands. */
const OURS_MS = 500;
const ROUNDS = 6;
/** Of the right shape, and nobody's. */
const SIGNATURE = `${'A'.repeat(27)}=`;

interface HeavyBody {
	name: string;
	headers: Array<[string, string]>;
	body: Buffer;
}

const filled = (unit: string) => unit.repeat(Math.floor(BYTES / unit.length));
const typed = (name: string, type: string | undefined, body: string | Buffer): HeavyBody => ({
	name,
	headers: type === undefined ? [] : [['Content-Type', type]],
	body: Buffer.from(body),
});

const FORM = 'application/x-www-form-urlencoded';

function heavyBodies(): HeavyBody[] {
	const depth = 100_000;
	const deep = `${'{"a":'.repeat(depth)}"${'x'.repeat(BYTES - 7 * depth)}"${'}'.repeat(depth)}`;
	const part = 'Content-Disposition: form-data; name="Body"';
	return [
		typed('text', 'text/plain', filled('a')),
		typed('a JSON list', 'application/json', `[${filled('"a",')}"a"]`),
		typed('deep JSON', 'application/json', deep),
		typed('a form of one field', FORM, `Body=${filled('a')}`),
		typed('a form of a million fields', FORM, filled('field=12345678&')),
		typed(
			'a form in parts',
			'multipart/form-data; boundary=cut',
			`--cut\r\n${part}\r\n\r\n${filled('a')}\r\n--cut--\r\n`,
		),
		typed('bytes', 'application/octet-stream', Buffer.alloc(BYTES, 1)),
		typed('XML', 'text/xml', `<a>${filled('<b>1</b>')}</a>`),
		typed('no type', undefined, filled('a')),
		{
			name: 'a compressed form',
			headers: [
				['Content-Type', FORM],
				['Content-Encoding', 'gzip'],
			],
			body: gzipSync(`Body=${filled('a')}`),
		},
	];
}

/** What one request cost n8n, milliseconds. */
interface Cost {
	processorMs: number;
	worstHealthMs: number;
}

/** Anybody may send anything of any size: to our nodes it costs no more than to n8n's own. */
export function heavyRequests(fixture: () => AttackFixture): void {
	describe('heavy bodies with a signature of the right shape', () => {
		let ownPath: string;

		beforeAll(async () => {
			const { e2e } = fixture();
			ownPath = `refuses-${process.pid}`;
			const secret = { name: 'X-Secret', value: 'nobody knows' };
			const httpHeaderAuth = await e2e.addCredential('httpHeaderAuth', secret);
			const node = webhookNode('Webhook', ownPath, {
				httpMethod: 'POST',
				authentication: 'headerAuth',
			});
			await e2e.startWorkflow({
				name: 'What n8n itself refuses',
				nodes: [{ ...node, credentials: { httpHeaderAuth } }],
				connections: {},
			});
		});

		it(
			"cost no more than at n8n's own webhook that refuses them",
			async () => {
				const { urls, n8n, score, executionsOnceQuiet } = fixture();
				const before = await executionsOnceQuiet();
				const call = new URL(urls.calls).pathname;
				const targets = {
					texts: new URL(urls.texts).pathname,
					steps: `${call}?step=dialed&call=CA1&from=%2B1&to=%2B1&round=0`,
					reports: new URL(urls.reports).pathname,
				};
				let accepted = 0;
				let attacks = 0;
				const cost = async (path: string, { headers, body }: HeavyBody): Promise<Cost> => {
					const request: RawRequest = {
						method: 'POST',
						path,
						headers: [
							...headers,
							['X-Twilio-Signature', SIGNATURE],
							['Authorization', 'Bearer wrong'],
						],
						body,
					};
					const begun = processorMsOf(n8n);
					const { result, worstMs } = await whileWatched(n8n.webhookUrl, () =>
						fixture().attacker.send(request),
					);
					if (result.status < 400 || result.status > 499) accepted += 1;
					attacks += 1;
					return { processorMs: processorMsOf(n8n) - begun, worstHealthMs: worstMs };
				};
				const rows: string[] = [];
				const tooDear: string[] = [];
				let worst = 0;
				for (const body of heavyBodies()) {
					// Whatever n8n loads for the first body of a kind is none of ours.
					await cost(`/webhook/${ownPath}`, body);
					let own = await cost(`/webhook/${ownPath}`, body);
					for (const [target, path] of Object.entries(targets)) {
						let ours = await cost(path, body);
						// The machine does other things too: the best of several counts, on both sides.
						for (let round = 1; round < ROUNDS && isDearer(ours, own); round++) {
							ours = best(ours, await cost(path, body));
							own = best(own, await cost(`/webhook/${ownPath}`, body));
						}
						worst = Math.max(worst, ours.worstHealthMs);
						const row = `${body.name} to ${target}: ${shown(ours)}; n8n's own ${shown(own)}`;
						rows.push(row);
						if (isDearer(ours, own)) tooDear.push(row);
					}
				}
				const executions = (await executionsOnceQuiet()) - before;
				score.add('heavy bodies', { attacks, accepted, executions, worstHealthMs: worst });
				if (isWhole) process.stdout.write(`${rows.join('\n')}\n`);
				expect(tooDear).toEqual([]);
				expect({ accepted, executions }).toEqual({ accepted: 0, executions: 0 });
			},
			sizes.minutes * 60_000,
		);
	});
}

function isDearer(ours: Cost, own: Cost): boolean {
	return (
		ours.processorMs > own.processorMs * 2 + OURS_MS ||
		ours.worstHealthMs > own.worstHealthMs * 1.5 + OURS_MS
	);
}

function best(one: Cost, other: Cost): Cost {
	return {
		processorMs: Math.min(one.processorMs, other.processorMs),
		worstHealthMs: Math.min(one.worstHealthMs, other.worstHealthMs),
	};
}

const TICK_MS = 10;

/** What the n8n that answers webhooks has used of a processor so far. Linux only. */
function processorMsOf({ pid }: AttackFixture['n8n']): number {
	const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
		.replace(/^.*\) /s, '')
		.split(' ');
	// User and system time, the 14th and 15th of all fields.
	return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

function shown({ processorMs, worstHealthMs }: Cost): string {
	return `${Math.round(processorMs)} ms of processor, /healthz waits ${Math.round(worstHealthMs)} ms`;
}
