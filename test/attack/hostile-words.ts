import { describe, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { itemsOf } from '../../harness/n8n-client';
import { threadIdOf } from '../../nodes/shared/messaging/thread-id';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { OUTPUT_NAMES } from '../../nodes/AgentReply/outputs';
import { consentOf } from '../support/contact-state';
import type { AttackFixture } from './support/attack-fixture';
import { whileWatched } from './support/health-watch';
import { artefactsIn, hostileCases, type HostileCase } from './support/hostile-words';
import { secretFinder } from './support/secrets';
import { sizes } from './support/sizes';

/** Texts at a time: an n8n that is overrun would show nothing but that. */
const AT_ONCE = 8;
const AGENT_ID = 'front-desk';
const PATIENCE_MS = 60_000;
/** Far above what a busy machine takes; one look at an answer that explodes takes longer. */
const UNRESPONSIVE_MS = 15_000;

interface Played extends HostileCase {
	contact: string;
	/** Part of what is texted, and of the harmless answer. */
	mark: string;
}

interface Outcome {
	/** Of Agent Reply, in the order of its outputs; more than one where there were more runs. */
	ended: string[];
	sent: string[];
	consent: string;
}

/** What people and models say: no words reach anybody else, and none go out that are not for a contact. */
export function hostileWords(fixture: () => AttackFixture): void {
	describe('hostile texts, and hostile answers of the model', () => {
		it(
			'come to one reply or one hand-over each, to nobody else, in clean words',
			async () => {
				const { e2e, mode, n8n, random, score, secrets } = fixture();
				const cases = hostileCases(
					sizes.hostile[mode],
					[secrets['modelKey'] ?? ''],
					random,
				).map((one, index): Played => ({
					...one,
					contact: `+1415${mode === 'queue' ? 600 : 601}${String(index).padStart(4, '0')}`,
					mark: `case-${index}-`,
				}));
				const sentBefore = new Set(e2e.twilio.messages().map(({ sid }) => sid));
				const asked: string[] = [];
				e2e.model.respond = ({ messages }) => {
					const turn = messages.findLast(({ role }) => role === 'user')?.text ?? '';
					const played = cases.find(({ mark }) => turn.includes(mark));
					if (played) asked.push(played.name);
					return played?.answer ?? `Happy to help. ${played?.mark ?? ''}`;
				};
				const { result: outcomes, worstMs } = await whileWatched(
					n8n.webhookUrl,
					async () => {
						await textAll(fixture(), cases);
						return await settled(fixture(), cases);
					},
				).catch((cause: unknown) => {
					const last = asked.slice(-AT_ONCE).join('\n');
					throw new Error(`${String(cause)}. The last cases were:\n${last}`, { cause });
				});
				e2e.model.respond = undefined;

				const people = new Set(cases.map(({ contact }) => contact));
				const toStrangers = e2e.twilio
					.messages({ direction: 'outbound' })
					.filter(({ sid, to }) => !sentBefore.has(sid) && !people.has(to));
				const find = secretFinder(secrets, e2e.account.accountSid);
				const faults = cases.map((played) => {
					const outcome = outcomes.get(played.contact);
					if (!outcome)
						return { played, wrong: ['nothing became of it'], bad: [], found: [] };
					const bad = outcome.sent.flatMap(artefactsIn);
					const found = outcome.sent.flatMap(find);
					return { played, wrong: wrongIn(played, outcome, cases), bad, found };
				});
				const executions = [...outcomes.values()].flatMap(({ ended }) => ended).length;
				score.add('hostile texts and answers', {
					attacks: cases.length,
					executions,
					textsToStrangers: toStrangers.length,
					artefacts: faults.filter(({ bad }) => bad.length > 0).length,
					secrets: faults.filter(({ found }) => found.length > 0).length,
					worstHealthMs: worstMs,
				});
				const told = faults
					.map(({ played: { name }, wrong, bad, found }) => ({
						name,
						wrong: [
							...wrong,
							...bad.map((what) => `${what} went out`),
							...found.map((what) => `the secret ${what} went out`),
						],
					}))
					.filter(({ wrong }) => wrong.length > 0)
					.map(({ name, wrong }) => `${name}: ${wrong.join('; ')}`);
				expect(told).toEqual([]);
				expect(toStrangers.map(({ to, body }) => `${to}: ${body}`)).toEqual([]);
				expect(worstMs).toBeLessThan(UNRESPONSIVE_MS);
			},
			sizes.minutes * 60_000,
		);
	});
}

async function textAll({ e2e }: AttackFixture, cases: readonly Played[]): Promise<void> {
	const waiting = [...cases];
	const worker = async () => {
		for (let next = waiting.shift(); next; next = waiting.shift()) {
			const { contact: from, text, mark, unmarked } = next;
			const body = unmarked ? text : `${text} ${mark}`;
			const to = e2e.number.phoneNumber;
			const { deliveries } = await e2e.twilio.textFromContact({ from, to, body });
			if (deliveries.at(-1)?.status !== 200) throw new Error(`${next.name} was not taken in`);
		}
	};
	await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** What became of each, once all have an end or nothing changes any more. */
async function settled(
	fixture: AttackFixture,
	cases: readonly Played[],
): Promise<Map<string, Outcome>> {
	const deadline = Date.now() + PATIENCE_MS;
	for (;;) {
		await fixture.executionsOnceQuiet();
		const outcomes = await outcomesOf(fixture, cases);
		const open = cases.filter(
			({ contact, becomes }) => becomes !== 'stop' && !outcomes.get(contact)?.ended.length,
		);
		if (open.length === 0 || Date.now() > deadline) return outcomes;
		await pause(1_000);
	}
}

async function outcomesOf(
	{ e2e, store, textsWorkflowId }: AttackFixture,
	cases: readonly Played[],
): Promise<Map<string, Outcome>> {
	const ended = new Map<string, string[]>();
	for await (const execution of e2e.client.everyExecution(textsWorkflowId, true)) {
		OUTPUT_NAMES.forEach((name, output) => {
			for (const { json } of itemsOf(execution, 'Agent Reply', output)) {
				const contact = json['contact'] as string;
				ended.set(contact, [...(ended.get(contact) ?? []), name]);
			}
		});
	}
	const { accountSid } = e2e.account;
	const all = await Promise.all(
		cases.map(async ({ contact }): Promise<[string, Outcome]> => {
			const id = threadIdOf({ accountSid, agentId: AGENT_ID, contact });
			const sent = e2e.twilio
				.messages({ to: contact, direction: 'outbound', automatic: false })
				.map(({ body }) => body);
			const { status } = await consentOf({ store, clock: systemClock }, id);
			return [contact, { ended: ended.get(contact) ?? [], sent, consent: status }];
		}),
	);
	return new Map(all);
}

function wrongIn(
	{ becomes, mark }: Played,
	{ ended, sent, consent }: Outcome,
	cases: readonly Played[],
): string[] {
	const wrong: string[] = [];
	if (becomes === 'stop') {
		if (consent !== 'optedOut') wrong.push(`the contact is ${consent}, not opted out`);
		if (sent.length > 0) wrong.push('the contact was texted all the same');
		return wrong;
	}
	const [end, ...more] = ended;
	if (becomes === 'ownStop') {
		if (consent !== 'optedOut') wrong.push(`the contact is ${consent}, not opted out`);
		if (end !== 'No Reply') wrong.push(`it ended as ${end ?? 'nothing'}`);
		if (sent.length !== 1) wrong.push(`${sent.length} texts confirm it`);
		return wrong;
	}
	if (consent === 'optedOut') wrong.push('the contact is opted out');
	if (end !== 'Replied' && end !== 'Hand Over') wrong.push(`it ended as ${end ?? 'nothing'}`);
	if (more.length > 0) wrong.push(`it ended ${ended.length} times`);
	if (sent.length !== (end === 'Replied' ? 1 : 0)) wrong.push(`${sent.length} texts went out`);
	const ofOthers = cases.filter((other) => other.mark !== mark);
	if (sent.some((text) => ofOthers.some((other) => text.includes(other.mark)))) {
		wrong.push("another contact's reply went out");
	}
	return wrong;
}
