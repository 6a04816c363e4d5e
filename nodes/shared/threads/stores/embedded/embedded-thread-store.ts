import type { Clock } from '../../../messaging/clock';
import type { ClaimLedger } from '../../claim-ledger';
import {
	type OpenThreadStore,
	ClaimLostError,
	StoreUnavailableError,
	STORE_PROMISES,
	type ThreadStore,
} from '../../thread-store';
import { embeddedClaims } from './embedded-claims';
import { openEmbeddedDatabase } from './embedded-database';
import { type EmbeddedSettings, embeddedThreads } from './embedded-threads';

/** Threads in one SQLite file, for all workflows of one n8n server. */
export function openEmbeddedThreadStore(settings: EmbeddedSettings, clock: Clock): OpenThreadStore {
	const database = openEmbeddedDatabase(settings.file);
	const unavailable = (cause: unknown) =>
		new StoreUnavailableError(
			`embedded database ${settings.file}`,
			'Check that the file is still there, that its disk has room, and that no other program has locked it.',
			{ cause },
		);
	return {
		kind: 'embedded',
		promises: STORE_PROMISES.embedded,
		threads: guarded<ThreadStore>(embeddedThreads(database, settings, clock), unavailable),
		claims: guarded<ClaimLedger>(embeddedClaims(database, clock), unavailable),
		close: async () => {
			if (database.isOpen) database.close();
		},
	};
}

/** The same methods, with the engine's own failures told apart from those of the caller's function. */
function guarded<Port extends object>(port: Port, unavailable: (cause: unknown) => Error): Port {
	return Object.fromEntries(
		Object.entries(port).map(
			([name, method]: [string, (...args: unknown[]) => Promise<unknown>]) => [
				name,
				async (...args: unknown[]) => {
					try {
						return await method(...args);
					} catch (error) {
						throw isEngineFailure(error) ? unavailable(error) : error;
					}
				},
			],
		),
	) as Port;
}

function isEngineFailure(error: unknown): boolean {
	if (error instanceof ClaimLostError) return false;
	const { code } = error as { code?: unknown };
	return code === 'ERR_SQLITE_ERROR' || code === 'ERR_INVALID_STATE';
}
