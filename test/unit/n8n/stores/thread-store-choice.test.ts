import { describe, expect, it } from '@jest/globals';
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { storeChoiceOf } from '../../../../nodes/shared/n8n/stores/thread-store-choice';

const TRIGGER = 'n8n-nodes-sms-agent.incomingSmsTrigger';
const CALL_TRIGGER = 'n8n-nodes-sms-agent.missedCallTrigger';

/** What the choice asks of a node behind a trigger with these parameters; undefined: behind none. */
function nodeBehind(trigger: IDataObject | undefined, own: IDataObject = {}): IExecuteFunctions {
	return nodeBehindAll(trigger === undefined ? [] : [trigger], own);
}

function nodeBehindAll(triggers: IDataObject[], own: IDataObject = {}): IExecuteFunctions {
	const types = [TRIGGER, CALL_TRIGGER];
	const parents = triggers.map((parameters, index) => ({
		name: `Trigger ${index + 1}`,
		type: types[index],
		disabled: false,
		parameters,
	}));
	return {
		getNode: () => ({ name: 'Node' }),
		getMode: () => 'webhook',
		getParentNodes: () => parents,
		getWorkflowDataProxy: () => ({ $prevNode: {} }),
		getExecuteData: () => ({}),
		getNodeParameter: (name: string, _item: number, fallback: unknown) => own[name] ?? fallback,
	} as unknown as IExecuteFunctions;
}

describe('where a node finds the conversations', () => {
	it('is where its trigger keeps them, limits included, without a word from the builder', () => {
		const options = { messagesPerThread: 12 };
		expect(storeChoiceOf(nodeBehind({ threadStore: 'embedded', options }))).toEqual({
			kind: 'embedded',
			file: '',
			limits: { messagesPerThread: 12, maxThreads: 500, maxAgeDays: 90 },
		});
		expect(storeChoiceOf(nodeBehind({})).kind).toBe('staticData');
	});

	it('is with the workflow where there is no trigger', () => {
		const choice = storeChoiceOf(nodeBehind(undefined, { options: { maxThreads: 7 } }));
		expect(choice).toMatchObject({ kind: 'staticData', limits: { maxThreads: 7 } });
	});

	it('is where all triggers before it keep them, who have to agree', () => {
		const redis = { threadStore: 'redis' };
		expect(storeChoiceOf(nodeBehindAll([{}, {}])).kind).toBe('staticData');
		expect(storeChoiceOf(nodeBehindAll([redis, redis], redis)).kind).toBe('redis');
		expect(() => storeChoiceOf(nodeBehindAll([{}, redis]))).toThrow(
			/the triggers before this node \("Trigger 1" and "Trigger 2"\) keep conversations in different places \(This Workflow, Redis\)/,
		);
	});

	it.each(['redis', 'postgres'])('has to be chosen again for the credential of %s', (kind) => {
		const node = nodeBehind({ threadStore: kind });
		expect(() => storeChoiceOf(node)).toThrow(/this node has no credential for it/);
		expect(storeChoiceOf(nodeBehind({ threadStore: kind }, { threadStore: kind })).kind).toBe(
			kind,
		);
	});

	it.each([
		[{ threadStore: 'redis' }, { threadStore: 'postgres' }],
		[{}, { threadStore: 'embedded' }],
		[
			{ threadStore: 'embedded', threadStoreFile: '/a.sqlite' },
			{ threadStore: 'embedded', threadStoreFile: '/b.sqlite' },
		],
	])('may not be elsewhere than the trigger of %j says: %j', (trigger, own) => {
		expect(() => storeChoiceOf(nodeBehind(trigger, own))).toThrow(/would not find them/);
	});
});
