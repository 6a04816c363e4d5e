import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { SendServices } from '../../shared/sending/outbound-draft';
import { SendHeldError } from '../../shared/sending/send-errors';
import type { StoreKind } from '../../shared/threads/thread-store';
import { InvalidInputError } from '../../shared/messaging/invalid-input-error';
import { KEEP_IN, STORE_NAMES } from '../../shared/n8n/stores/thread-store-fields';
import { WRITE_HOLD_MS } from '../../shared/threads/timing';
import { nodeErrorOf } from '../../shared/n8n/host/node-error';
import { keysAround } from '../../shared/contacts/standing';
import { readAhead, type Upcoming } from '../../shared/threads/read-ahead';
import { allowanceOf } from '../count-text';
import type { PlannedText } from '../plan-text';
import { sendItem } from '../send-item';
import { memoOfRun } from '../send-memo';
import type { Outcome } from '../sent-item';
import { listError, mistakesInWords } from './check-list';
import { costReader } from './cost';
import {
	byContact,
	mistakesIn,
	readEntries,
	toBeSent,
	upToFirstMistake,
	type Entry,
} from './entries';
import { forecastOf, senderOf, type Forecast } from './forecast';
import { LIST_FROM } from './list-options';
import { pacer } from './pace';
import { readListOptions } from './read-list-options';
import { sideBySide, type Progress } from './side-by-side';
import { many, Tally } from './tally';
import { sendTrial } from './trial';

/**
 * A text for each item, several on their way at once, those of one contact one after the other. Where
 * the node stops on errors, rejects with the first once all that were on their way have ended.
 */
export async function sendList(
	context: IExecuteFunctions,
	services: SendServices,
	items: readonly INodeExecutionData[],
): Promise<Outcome[]> {
	assertRemembers(services.store.kind, items.length);
	const options = readListOptions(context, items.length);
	const continues = context.continueOnFail();
	const entries = await readEntries(context, services, items, options.checkFirst);
	const mistakes = mistakesIn(entries);
	if (options.checkFirst && mistakes.size > 0 && !continues) {
		throw listError(mistakes, items.length);
	}
	if (options.toMeFirst !== undefined) {
		const [first] = toBeSent(continues ? entries : upToFirstMistake(entries));
		const [mistake] = mistakes.values();
		if (!first && mistake) throw mistake;
		if (!first) return [];
		const wrong = mistakesInWords(mistakes, items.length);
		await sendTrial(context, services, options.toMeFirst, first, {
			items: items.length,
			wrong,
		});
		return [];
	}

	const isLong = items.length >= LIST_FROM;
	const texts = toBeSent(entries);
	const forecast = isLong ? await forecastOf(services, texts) : undefined;
	const costOf = isLong ? costReader(services, texts) : undefined;
	const { atOnce } = options;
	const how = { atOnce, continues, forecast };
	const { outcomes, tally } = await sendEntries(context, services, entries, how);
	if (items.length > 1) {
		const cost = await costOf?.(tally.segmentsTo);
		const isNamed = texts.some((planned) => planned.options.oncePer !== '');
		const words = [
			tally.inWords(cost),
			...(forecast?.words ? [forecast.words] : []),
			...(isLong && !isNamed ? [RUN_TWICE] : []),
		];
		const message = words.join(' ');
		context.addExecutionHints({ message, type: 'info', location: 'outputPane' });
	}
	return outcomes;
}

const RUN_TWICE =
	'To run this list again without texting anybody twice, add the option Send Once Per and name what it is about there, such as "October offer".';

const ASK_AGAIN_MS = 5_000;
/**
 * A run that died holds what it was sending for two minutes, and what AI was writing for three; then
 * Twilio is asked what became of it.
 */
const HELD =
	'Some texts are held by a run that is sending them or has died; they are taken up again as soon as that is known, after three minutes at most';

interface HowToSend {
	atOnce: number;
	/** Whether a failure is the item's own, and ends nothing. */
	continues: boolean;
	forecast: Forecast | undefined;
}

async function sendEntries(
	context: IExecuteFunctions,
	services: SendServices,
	entries: readonly Entry[],
	{ atOnce, continues, forecast }: HowToSend,
): Promise<{ outcomes: Outcome[]; tally: Tally }> {
	const { signal, clock } = services;
	const log = logOf(context, entries.length);
	if (forecast?.words) log.say(forecast.words);
	const tally = new Tally(entries.length);
	const memo = memoOfRun(context, services.store);
	const texts = toBeSent(entries);
	const upcoming = await upcomingOf(context, services, texts);
	const ahead = { ...services, store: readAhead(services, upcoming) };
	const perSecond = texts[0]?.options.textsPerSecond;
	const pace = perSecond === undefined ? undefined : pacer(clock, perSecond);
	const outcomes: Outcome[] = [];
	/** A failure that ends the run ends the wait of those whose turn has not come, too. */
	const over = new AbortController();
	const waiting = signal ? AbortSignal.any([signal, over.signal]) : over.signal;

	const jsonOf = async ({ itemIndex, planned, nth, twinOf }: Entry): Promise<IDataObject> => {
		if (planned instanceof Error) throw planned;
		const twin = twinOf === undefined ? undefined : outcomes[twinOf];
		if (twin && 'failure' in twin) throw twin.failure;
		if (twin) return { ...twin.json, repeated: true };
		const { addressing, conversation } = planned;
		const known = memo.of(addressing.threadId, nth, conversation);
		if (!known.sent) await pace?.turn(senderOf(addressing), waiting);
		const { isDoubtful } = memo;
		const json = await sendItem(context, ahead, planned, known, { isDoubtful, waiting, nth });
		const heldSeconds = forecast?.held.get(itemIndex);
		return heldSeconds === undefined || json['repeated'] ? json : { ...json, heldSeconds };
	};
	/** Until then, by the clock, one that somebody holds is taken up again. */
	let waitsUntil = Infinity;
	const send = async (entry: Entry): Promise<Progress> => {
		const { itemIndex, twinOf } = entry;
		try {
			const json = await jsonOf(entry);
			outcomes[itemIndex] = { json };
			tally.count(json, twinOf !== undefined);
		} catch (failure) {
			if (signal?.aborted || (over.signal.aborted && isAbort(failure))) return 'done';
			const isHeld = failure instanceof SendHeldError && clock.elapsed() < waitsUntil;
			if (isHeld) return 'later';
			outcomes[itemIndex] = { failure };
			tally.countFailure(failure);
			if (!continues) over.abort();
		}
		log.progress(tally);
		return 'done';
	};
	const isOver = () => waiting.aborted;
	const begun = continues ? entries : upToFirstMistake(entries);
	let groups = await sideBySide(byContact(begun), atOnce, send, isOver);
	if (groups.length > 0) log.say(HELD);
	waitsUntil = clock.elapsed() + WRITE_HOLD_MS + ASK_AGAIN_MS;
	while (groups.length > 0 && !isOver()) {
		await clock.sleep(ASK_AGAIN_MS, signal).catch(() => undefined);
		groups = await sideBySide(groups, atOnce, send, isOver);
	}

	if (signal?.aborted) {
		log.stopped(tally);
		signal.throwIfAborted();
	}
	if (over.signal.aborted) throw firstFailure(context, outcomes, tally);
	return { outcomes, tally };
}

function isAbort(failure: unknown): boolean {
	return (failure as Partial<Error> | undefined)?.name === 'AbortError';
}

/** Texts that one run may send and This Workflow still knows when the next begins. */
const MOST_IN_WORKFLOW = 500;

function assertRemembers(kind: StoreKind, items: number): void {
	if (kind !== 'staticData' || items <= MOST_IN_WORKFLOW) return;
	throw new InvalidInputError({
		field: KEEP_IN,
		cause: `${STORE_NAMES.staticData} cannot remember a list of ${many(items)} texts, and would send some twice when it is run again; nothing was sent`,
		fix: `Choose ${STORE_NAMES.embedded}, ${STORE_NAMES.redis} or ${STORE_NAMES.postgres}, or send at most ${MOST_IN_WORKFLOW} in a run.`,
	});
}

/** What will be asked of the store, in this order. */
async function upcomingOf(
	context: IExecuteFunctions,
	services: SendServices,
	texts: readonly PlannedText[],
): Promise<Upcoming[]> {
	const upcoming: Upcoming[] = [];
	for (const { addressing, options } of texts) {
		const { threadId, to } = addressing;
		const allowances = [allowanceOf(context, to, options.limits)];
		const recordKeys = await keysAround(services, threadId);
		upcoming.push({ threadId, allowances, recordKeys, taker: to });
	}
	return upcoming;
}

/** What stopped the node, and how far it had come. */
function firstFailure(
	context: IExecuteFunctions,
	outcomes: readonly Outcome[],
	{ sent }: Tally,
): Error {
	const at = outcomes.findIndex((outcome) => outcome && 'failure' in outcome);
	const { failure } = outcomes[at] as { failure: unknown };
	const shown = nodeErrorOf(context.getNode(), failure, at);
	if (sent > 0) {
		const texts = sent === 1 ? '1 text was' : `${many(sent)} texts were`;
		shown.description = `${shown.description ?? ''} ${texts} sent in this run. Retry goes on with the rest: nobody is texted twice.`;
	}
	return shown;
}

/** Lines for n8n's log, of long lists: at each tenth, and where somebody stops the run. */
function logOf(context: IExecuteFunctions, items: number) {
	const { name } = context.getNode();
	let tenths = 0;
	return {
		say: (words: string) => context.logger.info(`${name}: ${words}`),
		progress: ({ done, sent }: Tally) => {
			const now = Math.floor((done * 10) / items);
			if (items < LIST_FROM || now <= tenths) return;
			tenths = now;
			context.logger.info(
				`${name}: ${many(done)} of ${many(items)} items done, ${many(sent)} texts sent`,
			);
		},
		stopped: ({ sent }: Tally) => {
			context.logger.info(
				`${name}: stopped; ${many(sent)} of ${many(items)} texts were sent, and no more will be`,
			);
		},
	};
}
