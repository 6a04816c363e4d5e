import type { ClaimLedger } from './claim-ledger';

/** Milliseconds. A holder that dies gives back what it held after this long. */
export const HOLD_MS = 30_000;
const RENEW_MS = 10_000;

/**
 * Does `work` and holds on to an open claim meanwhile, however long that takes. No renewal is on its
 * way any more when this resolves, so that it cannot undo what the holder writes down next. Where
 * renewing fails the hold runs out: whoever has lost it learns that from the next `note`.
 */
export async function whileHolding<Result>(
	claims: ClaimLedger,
	{ key, token }: { key: string; token: string },
	work: () => Promise<Result>,
): Promise<Result> {
	let renewed: Promise<void> = Promise.resolve();
	const renewal = setInterval(() => {
		renewed = claims.note(key, token, { phase: 'open' }, HOLD_MS).catch(() => undefined);
	}, RENEW_MS);
	try {
		return await work();
	} finally {
		clearInterval(renewal);
		await renewed;
	}
}
