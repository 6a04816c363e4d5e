import { attackSuite } from './support/attack-suite';

attackSuite('queue');
