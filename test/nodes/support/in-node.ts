import type { ICredentialType, IExecuteFunctions, INodeType } from 'n8n-workflow';
import { runNode } from './run-node';
import type { CredentialData } from './host-stand-in';

/** Calls `work` with what n8n hands to a node that runs, its real request helpers included. */
export async function inNode<Result>(
	credentials: CredentialData,
	credentialTypes: ICredentialType[],
	work: (context: IExecuteFunctions) => Promise<Result>,
): Promise<Result> {
	let outcome: { result: Result } | { error: unknown } | undefined;
	const node: INodeType = {
		description: {
			displayName: 'Probe',
			name: 'probe',
			group: ['transform'],
			version: 2,
			description: 'Lends its context',
			defaults: { name: 'Probe' },
			inputs: ['main'],
			outputs: ['main'],
			credentials: Object.keys(credentials).map((name) => ({ name })),
			properties: [],
		},
		async execute() {
			try {
				outcome = { result: await work(this) };
			} catch (error) {
				outcome = { error };
			}
			return [[]];
		},
	};
	const { error } = await runNode({ node, credentials, credentialTypes });
	if (error) throw error;
	if (outcome === undefined) throw new Error('the node was not run');
	if ('error' in outcome) throw outcome.error;
	return outcome.result;
}
