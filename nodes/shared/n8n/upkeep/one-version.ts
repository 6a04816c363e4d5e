import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { version } from '../../../../package.json';
import { runsInQueueMode } from '../host/environment';
import { logWarning } from '../host/log-warning';
import { STARTED_BY } from './names';

const EVERY_PROCESS = 'every process of n8n (main, workers and webhook processors)';

/** What to do where a process of n8n has another version of the package, or none. */
export const INSTALL_EVERYWHERE = `Install n8n-nodes-sms-agent ${version} on ${EVERY_PROCESS}, and restart those that had another version or none.`;

/** The items of a run that begins, by output; in queue mode they tell the worker which version has begun it. */
export function withVersion(outputs: INodeExecutionData[][]): INodeExecutionData[][] {
	if (!runsInQueueMode()) return outputs;
	return outputs.map((items) =>
		items.map((item) => ({ ...item, json: { ...item.json, [STARTED_BY]: version } })),
	);
}

/** The items as they were before `withVersion`. Warns, in the run and in the log, where that was another version. */
export function comparingVersions(
	context: IExecuteFunctions,
	outputs: INodeExecutionData[][],
): INodeExecutionData[][] {
	const versions = outputs.flat().map(({ json }) => json[STARTED_BY]);
	const other = versions.find((one) => one !== undefined && one !== version);
	if (typeof other === 'string') {
		const what = `n8n-nodes-sms-agent ${other} has begun this run, and this worker has ${version}.`;
		const message = `${what} Install the same version on ${EVERY_PROCESS}, and restart them.`;
		context.addExecutionHints({ message, location: 'outputPane' });
		logWarning(context, 'other version', message);
	}
	return outputs.map((items) =>
		items.map((item) => {
			const json = { ...item.json };
			delete json[STARTED_BY];
			return { ...item, json };
		}),
	);
}
