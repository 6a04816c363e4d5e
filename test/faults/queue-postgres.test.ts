import { faultSuite } from './support/fault-suite';
import { crowd, everyScenario, n8nKilled, twice } from './support/scenarios';
import { sizes, soak } from './support/sizes';

/** What is most unlike the other short suite: several processes, and a store that locks rows. */
const essence = [
	crowd(sizes.crowd, 5, sizes.atATime),
	twice(sizes.twice, sizes.atATime),
	n8nKilled(sizes.texters, sizes.n8nKills, sizes.rouser),
];

faultSuite({ mode: 'queue', threads: 'postgres' }, soak ? everyScenario(sizes) : essence);
