import type { Table } from './markdown-table';

/** What one measure has to say, for the terminal and for docs/benchmarks.md. */
export interface Section {
	tables: Table[];
	/** Sentences below the tables, with figures that fit no table. */
	notes?: string[];
}
