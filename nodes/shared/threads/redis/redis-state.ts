import { INITIAL_STATE, type ThreadState } from '../thread-store';

/**
 * A state as Redis keeps it: nothing for the initial one; else a letter for the scripts, then JSON.
 * `K` is kept for good, `E` ends with the thread. An opt-out must outlive everything.
 */
export function encodeState(state: ThreadState): string {
	if (isInitial(state)) return '';
	return (state.consent.status === 'optedOut' ? 'K' : 'E') + JSON.stringify(state);
}

export function decodeState(stored: string): ThreadState {
	if (stored === '') return structuredClone(INITIAL_STATE);
	return JSON.parse(stored.slice(1)) as ThreadState;
}

/** `others` are the fields that the initial state lacks: any of them that is set must be kept. */
function isInitial({ mode, consent, metadata, ...others }: ThreadState): boolean {
	return (
		mode === INITIAL_STATE.mode &&
		consent.status === INITIAL_STATE.consent.status &&
		Object.keys(metadata).length === 0 &&
		Object.values(others).every((value) => value === undefined)
	);
}
