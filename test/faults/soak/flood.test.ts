import { floodSuite, type Flood } from '../flood/flood-suite';

/** Every size, with what a thread keeps at least, usually and at most, each way. */
const ALL: Flood[] = [40, 60, 200, 500, 1_000].flatMap((texts) =>
	[10, 50, 200].flatMap((keep) =>
		[false, true].map((waits) => ({ texts, seconds: 2, keep, waits })),
	),
);

floodSuite('regular', 'staticData', ALL);
floodSuite('regular', 'embedded', ALL);
floodSuite('regular', 'redis', ALL);
floodSuite('regular', 'postgres', ALL);
floodSuite('queue', 'redis', ALL);
floodSuite('queue', 'postgres', ALL);
