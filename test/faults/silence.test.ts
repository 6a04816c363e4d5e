import { ordealsOf } from './silence/ordeals';
import { silenceSuites, type SilenceSuite } from './silence/silence-suite';
import { sizes } from './support/sizes';
import type { KeptIn } from './silence/thread-place';
import type { N8nMode } from './support/faulted-n8n';

const suite = (mode: N8nMode, keptIn: KeptIn): SilenceSuite => ({
	mode,
	keptIn,
	ordeals: ordealsOf(mode, keptIn, sizes.silence),
	rounds: sizes.silence.rounds,
	minutes: sizes.silence.minutes,
});

// `npm run test:soak` has the other stores.
silenceSuites([
	suite('regular', 'redis'),
	suite('regular', 'staticData'),
	suite('queue', 'postgres'),
]);
