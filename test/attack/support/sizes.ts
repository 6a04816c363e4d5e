export interface Sizes {
	forged: { regular: number; queue: number };
	/** Hostile texts and hostile answers of the model, together. */
	hostile: { regular: number; queue: number };
	errorPaths: number;
	/** Forged requests while genuine texts come, and those texts. */
	flood: { forged: number; genuine: number };
	/** The most that one class of attacks may take. Minutes. */
	minutes: number;
}

const SHORT: Sizes = {
	forged: { regular: 1_500, queue: 500 },
	hostile: { regular: 60, queue: 20 },
	errorPaths: 25,
	flood: { forged: 300, genuine: 5 },
	minutes: 10,
};

const WHOLE: Sizes = {
	forged: { regular: 40_000, queue: 10_000 },
	hostile: { regular: 500, queue: 100 },
	errorPaths: 100,
	flood: { forged: 2_000, genuine: 20 },
	minutes: 60,
};

/** `npm run test:attack` sets it. */
export const isWhole = process.env['ATTACK'] === 'whole';

export const sizes = isWhole ? WHOLE : SHORT;

/** The same attacks each time, unless ATTACK_SEED asks for others. */
export const seed = Number(process.env['ATTACK_SEED'] ?? 20_260);

export const PARALLEL = 50;
