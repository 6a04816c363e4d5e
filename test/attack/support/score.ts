/** What one class of attacks came to. A class leaves out what it does not look at. */
export interface Counts {
	attacks: number;
	/** Answered as if they were welcome, though they should not be. */
	accepted?: number;
	/** Executions that n8n began for them. */
	executions?: number;
	textsToStrangers?: number;
	/** Texts of a model's that went out with something in them that is not for a contact. */
	artefacts?: number;
	secrets?: number;
	/** The longest that n8n took to say that it is well, in milliseconds. */
	worstHealthMs?: number;
}

const TITLES: Record<keyof Counts, string> = {
	attacks: 'attacks',
	accepted: 'accepted',
	executions: 'executions begun',
	textsToStrangers: 'texts to strangers',
	artefacts: 'artefacts sent',
	secrets: 'secrets found',
	worstHealthMs: 'worst /healthz (ms)',
};
const COLUMNS = Object.keys(TITLES) as Array<keyof Counts>;

/** The counts of a suite, printed as one table at its end. */
export class Score {
	private readonly rows: Array<[string, Counts]> = [];

	constructor(private readonly title: string) {}

	add(name: string, counts: Counts): void {
		this.rows.push([name, counts]);
	}

	print(): void {
		const cells = [
			[this.title, ...COLUMNS.map((column) => TITLES[column])],
			...this.rows.map(([name, counts]) => [
				name,
				...COLUMNS.map((column) => {
					const count = counts[column];
					return count === undefined ? '-' : String(Math.round(count));
				}),
			]),
		];
		const widths = (cells[0] ?? []).map((_, at) =>
			Math.max(...cells.map((row) => row[at]?.length ?? 0)),
		);
		const lines = cells.map((row) =>
			row
				.map((cell, at) =>
					at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0),
				)
				.join('  '),
		);
		process.stdout.write(`\n${lines.join('\n')}\n\n`);
	}
}
