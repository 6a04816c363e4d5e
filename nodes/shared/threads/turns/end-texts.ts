import { NEWEST_MESSAGES, type ThreadState, type ThreadStore } from '../thread-store';

/** How texts have come to their end without a reply. */
export interface TextsEnd {
	/** The execution in which they did; absent where it failed, and whoever tries it again is to get a reply. */
	endedIn?: string | undefined;
	/** Nothing was to be said to them: nobody waits for a person either, so the conversation may be closed. */
	isQuiet?: boolean;
}

/** A thread's state once nothing more comes of its texts up to this one. Nothing of the end before is left. */
export function withTextsEnded(
	state: ThreadState,
	messageSid: string,
	{ endedIn, isQuiet = false }: TextsEnd = {},
): ThreadState {
	const ended = { ...state, endedThrough: messageSid };
	delete ended.endedIn;
	delete ended.endedQuietly;
	return {
		...ended,
		...(endedIn === undefined ? {} : { endedIn }),
		...(isQuiet ? { endedQuietly: true } : {}),
	};
}

/**
 * Writes down that nothing more comes of the texts up to this one, and leaves the thread as it is where a
 * newer turn has ended meanwhile. Rejects with StoreUnavailableError.
 */
export async function endTexts(
	threads: ThreadStore,
	threadId: string,
	messageSid: string,
	how: TextsEnd,
): Promise<void> {
	const { messages, state: known } = await threads.read(threadId, NEWEST_MESSAGES);
	const placeOf = (sid?: string) => messages.findIndex((message) => message.messageSid === sid);
	const end = (state: ThreadState): ThreadState => {
		if (placeOf(state.endedThrough) > placeOf(messageSid)) return state;
		const ended = withTextsEnded(state, messageSid, how);
		// That of a newer turn is still to come.
		if (placeOf(ended.retry?.through) <= placeOf(messageSid)) delete ended.retry;
		return ended;
	};
	await threads.changeState(threadId, end, known);
}
