import { silenceIn } from './silence/ordeals';
import { silenceSuites } from './silence/silence-suite';

// `npm run test:soak` has the other stores too.
silenceSuites([
	silenceIn('regular', 'redis'),
	silenceIn('regular', 'staticData'),
	silenceIn('queue', 'postgres'),
]);
