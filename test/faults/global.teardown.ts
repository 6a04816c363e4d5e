import { endThisRun } from '../../harness/leftovers';

export default function globalTeardown(): void {
	endThisRun();
}
