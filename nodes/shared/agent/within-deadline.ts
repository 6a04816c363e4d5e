import { ModelNoAnswerError } from './model-error';

/**
 * Does `work` within `timeoutMs`, every retry included, whether or not the work heeds its signal.
 * Rejects with ModelNoAnswerError at the deadline, with the reason of `signal` when that is aborted.
 */
export async function withinDeadline<T>(
	timeoutMs: number,
	signal: AbortSignal | undefined,
	work: (signal: AbortSignal) => Promise<T>,
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
		throw new ModelNoAnswerError({
			code: 'timeout',
			message: `The model did not answer within ${timeoutMs / 1000} seconds`,
			fix: 'Run it again, choose a faster model, or raise Time-Out in the options.',
			cause: error,
		});
	}
}
