import { faultSuite } from './support/fault-suite';
import { everyScenario } from './support/scenarios';
import { sizesOfOneProcess } from './support/sizes';

faultSuite({ mode: 'regular', threads: 'redis' }, everyScenario(sizesOfOneProcess));
