import { setTimeout as pause } from 'node:timers/promises';
import { isTwoWay, LABELS, OURS, PEERS, type Build, type BuildKey } from '../support/build';
import { cpuMsOf } from '../support/process-group';
import { cpuUntilQuiet } from '../support/quiet';
import type { RegularBench } from '../support/regular-bench';
import type { Section } from '../support/section';
import { signText } from '../support/texting';

const TEXTS = 20;
const DELIVERIES = 2;
/** A run that waits for another one's lease uses no processor meanwhile. */
const NO_MORE_REPLIES_MS = 5_000;

interface Outcome {
	/** Texts that no request to the model held. */
	unseen: number;
	replies: number;
	/** Replies to a text that another reply had answered already. */
	repeated: number;
	/** Texts that the model is not shown with the contact's next one. */
	forgotten: number;
}

/** Twenty texts of one contact at the same time, each delivered twice. */
export async function measureStorm(bench: RegularBench): Promise<Section> {
	const keys: BuildKey[] = [...PEERS, ...OURS].filter(isTwoWay);
	const rows: string[][] = [];
	for (const key of keys) {
		const { unseen, replies, repeated, forgotten } = await storm(bench, await bench.build(key));
		rows.push([LABELS[key], ...[unseen, replies, repeated, forgotten].map(String)]);
	}
	return {
		tables: [
			{
				caption: `${TEXTS} texts of one contact at once, each delivered twice`,
				columns: [
					'Build',
					'texts the model never saw',
					'replies',
					'of them repeated',
					"texts not in the next turn's history",
				],
				rows,
			},
		],
	};
}

async function storm(bench: RegularBench, build: Build): Promise<Outcome> {
	const { emulators, contacts } = bench.fixture;
	await emulators.forget();
	const from = contacts.next();
	const bodies = Array.from({ length: TEXTS }, (_, index) => `Item number ${index + 101}`);
	let lastAt = Date.now();
	let replies = 0;
	const end = emulators.onOutbound(({ to }) => {
		if (to !== from) return;
		replies += 1;
		lastAt = Date.now();
	});
	const calm = async () => {
		do {
			await cpuUntilQuiet(bench.host.pid, cpuMsOf(bench.host.pid));
			await pause(500);
		} while (Date.now() - lastAt < NO_MORE_REPLIES_MS);
	};
	const texts = bodies.map((body) => signText(build, { from, body }));
	const webhooks = Array.from({ length: DELIVERIES }, () => texts).flat();
	await Promise.all(webhooks.map((text) => text.deliver()));
	await calm();
	const answered = replies;
	const requests = await emulators.modelRequests();
	const seen = requests.map(({ messages }) => messages.map(({ text }) => text).join('\n'));
	const isIn = (body: string) => (request: string) => request.includes(body);

	await emulators.forget();
	await signText(build, { from, body: 'What did I order?' }).deliver();
	await calm();
	end();
	const [next] = await emulators.modelRequests();
	const history = next?.messages.map(({ text }) => text).join('\n') ?? '';
	return {
		unseen: bodies.filter((body) => !seen.some(isIn(body))).length,
		replies: answered,
		// Where each request answers one text, what is over one reply a text is a repetition.
		repeated: bodies.reduce((sum, body) => sum + Math.max(0, asked(requests, body) - 1), 0),
		forgotten: bodies.filter((body) => !history.includes(body)).length,
	};
}

/** Requests whose turn, the user's words after the last answer, ends with this text. */
function asked(
	requests: Array<{ messages: Array<{ role: string; text: string }> }>,
	body: string,
): number {
	return requests.filter(({ messages }) => messages.at(-1)?.text.includes(body)).length;
}
