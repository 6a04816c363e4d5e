import { beforeAll, describe, expect, it } from '@jest/globals';
import { poll } from '../../harness/poll';
import type { AttackFixture } from './support/attack-fixture';
import { captureGenuine, formRequest, reportRequest, type Genuine } from './support/genuine';
import { whileWatched } from './support/health-watch';
import { attacks, type Attack, type Forger } from './support/mutations';
import { sizes } from './support/sizes';
import { secretFinder } from './support/secrets';

const SHOWN = 20;

/** Requests that Twilio did not send: none may begin anything, whatever they are made of. */
export function forgedRequests(fixture: () => AttackFixture): void {
	describe('requests that nobody of ours has sent', () => {
		/** Once no execution begins any more. */
		const stateNow = async (): Promise<State> => {
			const executions = await fixture().executionsOnceQuiet();
			const texts = fixture().e2e.twilio.messages({ direction: 'outbound' }).length;
			return { executions, texts, threads: await fixture().threads() };
		};
		/** Once a call that was let in would have begun one. */
		const stateAfterwards = async () => {
			await fixture().untilCallsAreTold();
			return await stateNow();
		};
		let genuine: Genuine;
		let forger: Forger;

		beforeAll(async () => {
			const { urls, stranger, account, secrets, e2e, random } = fixture();
			genuine = await captureGenuine(fixture());
			forger = {
				genuine,
				otherUrls: Object.values(urls),
				wrongTokens: [
					...[stranger.authToken, stranger.accountSid, e2e.account.accountSid],
					...[account.credentials.twilioMessagingApi.id, secrets['modelKey'] ?? ''],
					...['', ' ', 'undefined', 'null', 'authToken', '0'.repeat(32)],
				],
				random,
			};
		}, 120_000);

		it(
			'are refused, and leave threads and executions as they were',
			async () => {
				const { mode, attacker, e2e, n8n, score } = fixture();
				const count = sizes.forged[mode];
				const before = await stateNow();
				const unexpected: string[] = [];
				const statuses = new Map<number, number>();
				let accepted = 0;
				let secrets = 0;
				const find = secretFinder(fixture().secrets, e2e.account.accountSid);
				const { worstMs } = await whileWatched(n8n.webhookUrl, async () => {
					await attacker.sendAll(
						take(attacks(forger), count),
						(attack, { status, body }) => {
							statuses.set(status, (statuses.get(status) ?? 0) + 1);
							secrets += find(body).length;
							if (isAsDeserved(attack, status)) return;
							if (status < 300) accepted += 1;
							unexpected.push(`${status} to ${described(attack)}`);
						},
					);
				});
				const after = await stateAfterwards();
				score.add('forged and mutated requests', {
					attacks: count,
					accepted,
					executions: after.executions - before.executions,
					textsToStrangers: after.texts - before.texts,
					secrets,
					worstHealthMs: worstMs,
				});
				const byStatus = [...statuses]
					.sort()
					.map(([status, times]) => `${status}: ${times}`);
				process.stdout.write(`answers by status: ${byStatus.join(', ')}\n`);
				expect(unexpected.slice(0, SHOWN)).toEqual([]);
				expect(secrets).toBe(0);
				expect(changesIn(before, after)).toEqual(NO_CHANGES);
				// An attack that is never let in shows nothing where nobody is.
				expect(statuses.get(403)).toBeGreaterThan(count / 2);
				expect(statuses.get(200)).toBeGreaterThan(0);
			},
			sizes.minutes * 60_000,
		);

		it('that repeat what Twilio sent begin nothing either', async () => {
			const { attacker, score } = fixture();
			const before = await stateNow();
			const all = [...genuine.forms.map(formRequest), ...genuine.reports.map(reportRequest)];
			const repeated = all.flatMap((request) => [{ request }, { request }, { request }]);
			const statuses = new Set<number>();
			await attacker.sendAll(repeated, (_, { status }) => statuses.add(status));
			const after = await stateAfterwards();
			score.add('genuine requests, once more', {
				attacks: repeated.length,
				executions: after.executions - before.executions,
				textsToStrangers: after.texts - before.texts,
			});
			expect([...statuses].filter((status) => status < 200 || status > 299)).toEqual([]);
			expect(changesIn(before, after)).toEqual(NO_CHANGES);
		}, 120_000);

		it(
			'in a flood keep no genuine text from its one answer',
			async () => {
				const { attacker, e2e, n8n, score } = fixture();
				const before = await stateNow();
				const { forged, genuine: texts } = sizes.flood;
				const contacts = Array.from(
					{ length: texts },
					(_, index) => `+1415559${String(index).padStart(4, '0')}`,
				);
				let accepted = 0;
				const answers = (contact: string) =>
					e2e.twilio.messages({ to: contact, direction: 'outbound' }).length;
				const { worstMs } = await whileWatched(n8n.webhookUrl, async () => {
					const flood = attacker.sendAll(
						take(attacks(forger), forged),
						(attack, { status }) => {
							if (!isAsDeserved(attack, status)) accepted += 1;
						},
					);
					await Promise.all([
						flood,
						...contacts.map((from) =>
							e2e.twilio.textFromContact({
								from,
								to: e2e.number.phoneNumber,
								body: 'Are you open?',
							}),
						),
					]);
				});
				await poll(
					'everybody to be answered',
					() => contacts.every((contact) => answers(contact) > 0) || undefined,
					{ timeoutMs: 120_000 },
				);
				const after = await stateNow();
				score.add(`a flood, while ${texts} text`, {
					attacks: forged,
					accepted,
					executions: after.executions - before.executions - texts,
					textsToStrangers: after.texts - before.texts - texts,
					worstHealthMs: worstMs,
				});
				expect(contacts.map(answers)).toEqual(contacts.map(() => 1));
				expect(after.executions - before.executions).toBe(texts);
				expect(after.texts - before.texts).toBe(texts);
				expect(accepted).toBe(0);
			},
			sizes.minutes * 60_000,
		);
	});
}

interface State {
	executions: number;
	/** All that went out. */
	texts: number;
	threads: string[];
}

const NO_CHANGES = { executions: 0, texts: 0, threads: [] as string[] };

function changesIn(before: State, after: State): typeof NO_CHANGES {
	const known = new Set(before.threads);
	return {
		executions: after.executions - before.executions,
		texts: after.texts - before.texts,
		threads: after.threads.filter((thread) => !known.has(thread)).slice(0, SHOWN),
	};
}

function isAsDeserved({ deserves }: Attack, status: number): boolean {
	const isRefused = status >= 400 && status < 500;
	return deserves === 'refused' ? isRefused : isRefused || (status >= 200 && status < 300);
}

function described({ name, request: { method, path, headers, body } }: Attack): string {
	const [, type] = headers.find(([header]) => header === 'Content-Type') ?? [];
	return `${name}: ${method} ${path} (${type ?? 'no type'}) ${body.toString().slice(0, 300)}`;
}

function* take<T>(all: Iterable<T>, count: number): Generator<T> {
	let left = count;
	for (const one of all) {
		if (left-- <= 0) return;
		yield one;
	}
}
