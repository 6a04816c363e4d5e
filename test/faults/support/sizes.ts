import { SeededRandom } from './seeded-random';
import type { Rouser } from './settle';

export interface Sizes {
	/**
	 * Texts at the same instant. Where nothing is killed none may be refused, and Twilio waits no
	 * longer than 15 seconds: so few that two busy cores answer in time.
	 */
	atATime: number;
	crowd: number;
	torrent: number;
	twice: number;
	slow: number;
	/** Who text at a time while something is killed. */
	texters: number;
	storeKills: number;
	n8nKills: number;
	/** How long Twilio takes to answer while n8n is killed. A run killed then holds its turn for two minutes. */
	sendingMs: number;
	/** Who wakes up what a crash left. Strangers' texts do so too, but only after some minutes. */
	rouser: Rouser;
	/** The most that one scenario may take. Minutes. */
	minutes: number;
	silence: SilenceSizes;
}

/** Of what is followed by silence. Milliseconds, unless it says otherwise. */
export interface SilenceSizes {
	/** Who text in each trouble, and how many of them are being answered when something dies. */
	contacts: number;
	composing: number;
	/** How long processes stay dead, and servers and the public address stay away. */
	downMs: number;
	modelDownMs: number;
	/** While the model is down. */
	textsPerSecond: number;
	/** Requests to the model while it is down. */
	mostModelCalls: number;
	/** Until the trigger looks at Twilio's list though nothing has told it to; 0 where that is not tried. */
	nextLookMs: number;
	/** How often all is gone through, at other moments each time. */
	rounds: number;
	/** The most that a round may take. Minutes. */
	minutes: number;
}

const SHORT: Sizes = {
	atATime: 10,
	crowd: 12,
	torrent: 12,
	twice: 12,
	slow: 10,
	texters: 5,
	storeKills: 2,
	n8nKills: 2,
	sendingMs: 1,
	rouser: 'those who wait',
	minutes: 10,
	silence: {
		contacts: 20,
		composing: 8,
		downMs: 20_000,
		modelDownMs: 25_000,
		textsPerSecond: 4,
		mostModelCalls: 20,
		nextLookMs: 0,
		rounds: 1,
		minutes: 12,
	},
};

const LONG: Sizes = {
	atATime: 50,
	crowd: 200,
	torrent: 20,
	twice: 200,
	slow: 40,
	texters: 15,
	storeKills: 10,
	n8nKills: 50,
	sendingMs: 500,
	rouser: 'stranger',
	minutes: 60,
	silence: {
		contacts: 40,
		composing: 15,
		downMs: 600_000,
		modelDownMs: 600_000,
		textsPerSecond: 4,
		mostModelCalls: 60,
		nextLookMs: 16 * 60_000,
		rounds: 50,
		minutes: 60,
	},
};

/** True in `npm run test:soak`. */
export const soak = process.env['SOAK'] === '1';

export const sizes = soak ? LONG : SHORT;

/** For an n8n of one process: more texts than it can answer would only test its patience. */
export const sizesOfOneProcess: Sizes = { ...sizes, texters: Math.min(sizes.texters, 5) };

/** From FAULT_SEED, to have a run again; else a new one. */
export function newRandom(): SeededRandom {
	const given = Number(process.env['FAULT_SEED'] ?? Number.NaN);
	return new SeededRandom(Number.isInteger(given) ? given : Math.floor(Math.random() * 2 ** 31));
}
