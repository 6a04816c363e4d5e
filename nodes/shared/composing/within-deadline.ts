import { ModelNoAnswerError } from './model-error';

/**
 * Does `work` within `timeoutMs`, every retry included, whether or not the work heeds its signal.
 * Rejects with ModelNoAnswerError, or what `late` makes, at the deadline; with the reason of
 * `signal` when that is aborted.
 */
export async function withinDeadline<T>(
	timeoutMs: number,
	signal: AbortSignal | undefined,
	work: (signal: AbortSignal) => Promise<T>,
	late: (cause: unknown) => Error = (cause) => noAnswer(timeoutMs, cause),
): Promise<T> {
	signal?.throwIfAborted();
	const deadline = AbortSignal.timeout(timeoutMs);
	const either = signal ? AbortSignal.any([deadline, signal]) : deadline;
	const aborted = new Promise<never>((_, reject) => {
		either.addEventListener('abort', () => reject(either.reason as Error), { once: true });
	});
	try {
		return await Promise.race([work(either), aborted]);
	} catch (error) {
		signal?.throwIfAborted();
		if (!deadline.aborted) throw error;
		throw late(error);
	}
}

function noAnswer(timeoutMs: number, cause: unknown): ModelNoAnswerError {
	return new ModelNoAnswerError({
		code: 'timeout',
		message: `The model did not answer within ${timeoutMs / 1000} seconds`,
		fix: 'Run it again, choose a faster model, or raise Time-Out in the options.',
		cause,
	});
}
