import { endLeftoverProcesses } from '../e2e/support/n8n-process';

export default function globalTeardown(): void {
	endLeftoverProcesses();
}
