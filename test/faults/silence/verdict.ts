import type { IDataObject } from 'n8n-workflow';
import { itemsOf, type StoredExecution } from '../../../harness/n8n-client';
import { judgeThread } from '../support/judge-thread';
import type { Line } from './line';

const ALL_MESSAGES = 1_000;
/** Agent Reply's second output. */
const NEEDS_HUMAN = 1;

/** Who has fewer replies at Twilio than they are to have. */
export function unanswered(line: Line): string[] {
	return [...line.expected]
		.filter(([contact, replies]) => line.repliesTo(contact).length < replies)
		.map(([contact]) => contact);
}

/** Who has more, and whose last reply is none to what they texted last. */
export function answeredWrongly(line: Line): string[] {
	return [...line.expected].flatMap(([contact, replies]) => {
		const bodies = line.repliesTo(contact);
		const last = line.e2e.twilio.messages({ from: contact }).at(-1)?.body ?? '';
		return [
			...(bodies.length > replies
				? [`${contact} has ${bodies.length} replies, and ${replies} would do`]
				: []),
			...(replies > 0 && bodies.length === replies && !bodies.at(-1)?.includes(last)
				? [`${contact} texted "${last}" and was answered "${bodies.at(-1)}"`]
				: []),
		];
	});
}

/** What the threads show that must never be. Static data is written down too late to be asked. */
export async function brokenThreads(line: Line): Promise<string[]> {
	if (line.place.kind === 'staticData') return [];
	return await line.place.read(line.workflowId, async ({ threads }) => {
		const found: string[] = [];
		for (const contact of line.expected.keys()) {
			const { messages } = await threads.read(line.threadIdOf(contact), ALL_MESSAGES);
			const outbound = line.e2e.twilio.messages({ to: contact }).map(({ sid }) => sid);
			const texts = line.texting.sent.filter((text) => text.contact === contact);
			const { faults } = judgeThread({ texts, thread: messages, outbound });
			found.push(...faults.map((fault) => `${contact}: ${fault}`));
		}
		return found;
	});
}

/** Whom Agent Reply has given to a person, of the newest executions. */
export function handedOver(executions: readonly StoredExecution[]): Set<string> {
	const items = executions.flatMap((execution) => itemsOf(execution, 'Agent Reply', NEEDS_HUMAN));
	return new Set(items.map(({ json }) => json['contact'] as string));
}

/** Why the runs about somebody ended without a reply, as far as n8n tells. */
export function endingsFor(contact: string, executions: readonly StoredExecution[]): string {
	const about = executions.filter((execution) =>
		JSON.stringify(execution.data?.resultData?.runData ?? {}).includes(contact),
	);
	const endings = about.map((execution) => {
		const codes = [0, 1, 2].flatMap((output) =>
			itemsOf(execution, 'Agent Reply', output).map(({ json }) => codeOf(json)),
		);
		const { error } = execution.data.resultData;
		return `${execution.id} ${execution.status} ${codes.join()} ${error?.message ?? ''}`.trim();
	});
	return endings.join('; ') || 'no run';
}

function codeOf({ outcome, reasonCode }: IDataObject): string {
	return [outcome, reasonCode].filter((word) => typeof word === 'string').join(' ');
}
