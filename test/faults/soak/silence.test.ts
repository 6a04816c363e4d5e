import { silenceIn } from '../silence/ordeals';
import { silenceSuites } from '../silence/silence-suite';

silenceSuites([
	silenceIn('regular', 'embedded'),
	silenceIn('regular', 'postgres'),
	silenceIn('queue', 'redis'),
]);
