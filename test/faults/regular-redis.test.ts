import { faultSuite } from './support/fault-suite';
import { everyScenario } from './support/scenarios';
import { sizes } from './support/sizes';

faultSuite({ mode: 'regular', threads: 'redis' }, everyScenario(sizes));
