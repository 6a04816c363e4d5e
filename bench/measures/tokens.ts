import { LABELS, type Build } from '../support/build';
import type { BuildOptions } from '../support/bench-fixture';
import { textOf } from '../support/load';
import { percent } from '../support/figures';
import { promptTokens, sharedBeginning } from '../support/prompt-tokens';
import type { RegularBench } from '../support/regular-bench';
import type { Section } from '../support/section';
import { median } from '../support/statistics';
import type { ModelRequest } from '../support/emulators';
import { signText } from '../support/texting';

const TURNS = 20;
/** As many earlier messages as ours shows by default: thirty, in fifteen exchanges. */
const SAME_WINDOW = 15;

/** What a conversation of twenty turns makes the model read. */
export async function measureTokens(bench: RegularBench): Promise<Section> {
	const more: BuildOptions = { reply: { options: { maxRepliesPerHour: 2 * TURNS } } };
	const ours = await bench.fixture.start('ours-static', more);
	const peer = await bench.fixture.start('ai-agent-window');
	const wide = await bench.fixture.start('ai-agent-window', { contextWindowLength: SAME_WINDOW });
	const rows = [
		await conversation(bench, peer, `${LABELS[peer.key]}, 5 exchanges (default)`),
		await conversation(bench, wide, `${LABELS[wide.key]}, ${SAME_WINDOW} exchanges`),
		await conversation(bench, ours, 'ours, 30 messages (default)'),
	];
	await Promise.all([ours, peer, wide].map((build) => bench.fixture.end(build)));
	return {
		tables: [
			{
				caption: `Prompt tokens of one conversation of ${TURNS} turns, estimated as four characters each`,
				columns: [
					'Build',
					'first turn',
					'last turn',
					'all turns',
					'instructions alone',
					'of a prompt, begins the next one too, a minute later (median)',
				],
				rows,
			},
		],
	};
}

async function conversation(bench: RegularBench, build: Build, label: string): Promise<string[]> {
	const { emulators, contacts } = bench.fixture;
	await emulators.forget();
	const from = contacts.next();
	for (let turn = 0; turn < TURNS; turn++) {
		const reply = new Promise<void>((resolve) => {
			const end = emulators.onOutbound(({ to }) => {
				if (to !== from) return;
				end();
				resolve();
			});
		});
		await signText(build, { from, body: `${textOf(turn)} (${turn + 1})` }).deliver();
		await reply;
	}
	const requests = await emulators.modelRequests();
	if (requests.length !== TURNS) throw new Error(`${requests.length} requests of ${TURNS} turns`);
	const tokens = requests.map(promptTokens);
	const instructions = requests[0]?.messages.slice(0, 1) ?? [];
	const shared = requests.slice(1).map((request, index) => {
		const before = requests[index];
		return before ? sharedBeginning(before, inAnotherMinute(request)) : 0;
	});
	return [
		label,
		String(tokens[0]),
		String(tokens.at(-1)),
		String(tokens.reduce((sum, each) => sum + each, 0)),
		String(promptTokens({ messages: instructions })),
		percent(median(shared)),
	];
}

/** The conversation takes seconds here and minutes in life; a prompt that tells the time differs then. */
function inAnotherMinute({ messages }: ModelRequest): ModelRequest {
	const [first, ...others] = messages;
	if (!first) return { messages };
	return {
		messages: [{ ...first, text: first.text.replace(/\d\d:\d\d(?= \()/, '??:??') }, ...others],
	};
}
