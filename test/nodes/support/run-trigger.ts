import './private-n8n-folder';
import { TriggerContext } from 'n8n-core';
import type {
	INodeExecutionData,
	ITriggerFunctions,
	ITriggerResponse,
	WorkflowActivateMode,
} from 'n8n-workflow';
import { loaded, type WebhookSetup } from './call-webhook';

export interface RunningTrigger {
	/** What it has emitted, by output, in order. */
	readonly emitted: readonly INodeExecutionData[][][];
	/** What the node has written into n8n's log. */
	readonly infos: readonly string[];
	readonly warnings: readonly string[];
	/** Whether n8n would save the static data that it loaded at publishing, over what was written since. */
	changedStaticData(): boolean;
	/** As when the workflow is unpublished. */
	close(): Promise<void>;
}

/** Runs a node's `trigger()` as n8n does for a published workflow. */
export async function runTrigger(
	setup: WebhookSetup & { activation?: WorkflowActivateMode },
): Promise<RunningTrigger> {
	const { node, workflow, additionalData } = loaded(setup);
	const emitted: INodeExecutionData[][][] = [];
	const infos: string[] = [];
	const warnings: string[] = [];
	const context = new TriggerContext(
		workflow,
		node,
		additionalData,
		'trigger',
		setup.activation ?? 'init',
		(data) => void emitted.push(data),
	) as ITriggerFunctions;
	const quiet = () => undefined;
	const logger = {
		error: quiet,
		debug: quiet,
		info: (words: string) => void infos.push(words),
		warn: (words: string) => void warnings.push(words),
	};
	Object.defineProperty(context, 'logger', { value: logger });
	const started: ITriggerResponse | undefined = await setup.node.trigger?.call(context);
	const { staticData } = workflow as { staticData: { __dataChanged?: boolean } };
	return {
		emitted,
		infos,
		warnings,
		changedStaticData: () => staticData.__dataChanged === true,
		close: async () => await started?.closeFunction?.(),
	};
}
