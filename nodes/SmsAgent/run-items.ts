import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { InvalidInputError } from '../shared/messaging/invalid-input-error';
import type { DeskServices } from '../shared/desk/messages';
import { nodeErrorOf } from '../shared/n8n/host/node-error';
import { openServices } from '../shared/n8n/stores/open-services';
import { isTool } from '../shared/n8n/items/trigger-item';
import type { Operation } from './operation';
import { CONTACT_FOR_MODELS } from './contact-fields';
import { agentOperations } from './run-agent';
import { contactOperations } from './run-contact';
import { messageOperations } from './run-message';
import { MESSAGE_FOR_MODELS } from './message-fields';
import { threadOperations } from './run-thread';
import { THREAD_FOR_MODELS } from './thread-fields';

const RESOURCES: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
	agent: agentOperations,
	contact: contactOperations,
	message: messageOperations,
	thread: threadOperations,
};

/** What a model may do with the contact of its run; the rest, a release too, is for people and steps. */
const FOR_MODELS: Readonly<Record<string, readonly string[]>> = {
	contact: CONTACT_FOR_MODELS,
	message: MESSAGE_FOR_MODELS,
	thread: THREAD_FOR_MODELS,
};

/** The operation, for each item; each on its own where the node continues on errors. */
export async function runItems(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const items = context.getInputData();
	const results: INodeExecutionData[] = [];
	const fail = (failure: unknown, itemIndex: number) => {
		const shown = nodeErrorOf(context.getNode(), failure, itemIndex);
		if (!context.continueOnFail()) throw shown;
		const error = [shown.message, shown.description].filter(Boolean).join('. ');
		results.push({ json: { error }, pairedItem: { item: itemIndex } });
	};
	let services: DeskServices;
	try {
		services = await openServices(context);
	} catch (failure) {
		for (const itemIndex of items.keys()) fail(failure, itemIndex);
		return results;
	}
	try {
		for (const itemIndex of items.keys()) {
			try {
				const operation = operationOf(context, itemIndex);
				for (const one of await operation({ context, services, itemIndex })) {
					results.push({ ...one, pairedItem: { item: itemIndex } });
				}
			} catch (failure) {
				// Somebody stopped the execution.
				services.signal?.throwIfAborted();
				fail(failure, itemIndex);
			}
		}
		return results;
	} finally {
		await services.store.close();
	}
}

function operationOf(context: IExecuteFunctions, itemIndex: number): Operation {
	// An expression in a tool could be the model's.
	const typed = (name: string) => {
		const value = isTool(context)
			? context.getNodeParameter(name, itemIndex, '', { rawExpressions: true })
			: context.getNodeParameter(name, itemIndex, '');
		return typeof value === 'string' ? value : '';
	};
	const [resource, name] = [typed('resource'), typed('operation')];
	const operation = RESOURCES[resource]?.[name];
	const isAllowed = !isTool(context) || FOR_MODELS[resource]?.includes(name) === true;
	if (operation !== undefined && isAllowed) return operation;
	throw new InvalidInputError({
		field: 'Operation',
		cause: isTool(context)
			? 'a model may not do this: as a tool, the node acts on the contact of its own conversation only'
			: `there is no operation "${name}" of the resource "${resource}"`,
		fix: 'Choose Resource and Operation from their lists.',
	});
}
