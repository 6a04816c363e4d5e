export interface EmbeddedSettings {
	/** Absolute path of the database file; made with its folder on first use. */
	file: string;
	messagesPerThread: number;
	maxAgeDays: number;
	/** The threads written to longest ago go when the data outgrows this. */
	maxMegabytes: number;
}
