import { httpExchange } from '../../harness/http-exchange';
import type { BenchFixture } from './bench-fixture';
import type { ListBuild, ListText } from './list-workflow';
import { now } from './texting';

export interface TextedList {
	/** From the request that brings the list until the run has ended. */
	seconds: number;
	/** Until Twilio has the first text. */
	firstSeconds: number;
}

/** Gives the build a list of new contacts. Throws where one of them gets no text, or two. */
export async function textList(
	{ emulators, contacts }: Pick<BenchFixture, 'emulators' | 'contacts'>,
	{ url }: ListBuild,
	count: number,
	onText: (sent: number) => void = () => undefined,
): Promise<TextedList> {
	const texts: ListText[] = Array.from({ length: count }, (_, index) => ({
		to: contacts.next(),
		text: `Hello number ${index + 1}, your table for two is free on Wednesday. See you then.`,
	}));
	const arrivals: number[] = [];
	const texted = new Set<string>();
	const end = emulators.onOutbound(({ to, at }) => {
		arrivals.push(at);
		texted.add(to);
		onText(arrivals.length);
	});
	const started = now();
	const { status, body } = await httpExchange(url, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ texts }),
	});
	const seconds = (now() - started) / 1_000;
	end();
	if (status !== 200) throw new Error(`The list was answered with ${status}: ${body}`);
	if (arrivals.length !== count || !texts.every(({ to }) => texted.has(to))) {
		throw new Error(`Of ${count} texts ${arrivals.length} went out`);
	}
	return { seconds, firstSeconds: (Math.min(...arrivals) - started) / 1_000 };
}
