import { floodSuite } from './flood/flood-suite';

// `npm run test:soak` has the other stores and sizes too.
const SOME = { seconds: 2, keep: 50, waits: false };

floodSuite('regular', 'staticData', [
	{ ...SOME, texts: 60 },
	{ ...SOME, texts: 200, waits: true },
	// At a person's pace, with a model that is slower than some of it.
	{ texts: 8, seconds: 16, keep: 10, waits: false, modelMs: 2_500 },
	// Each text has its reply, and the thread does not show them all: the limit holds.
	{ texts: 8, seconds: 24, keep: 10, waits: false, mostReplies: 4 },
]);
floodSuite('regular', 'embedded', [{ ...SOME, texts: 60, keep: 10 }]);
floodSuite('queue', 'redis', [{ ...SOME, texts: 60 }]);
