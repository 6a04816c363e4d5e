import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { IDataObject, IExecuteFunctions, IHookFunctions } from 'n8n-workflow';
import { rememberKeptIn } from '../../../../nodes/shared/n8n/registration/registration-memory';
import { usualFile } from '../../../../nodes/shared/n8n/stores/automatic-place';
import { storeChoiceOf } from '../../../../nodes/shared/n8n/stores/thread-store-choice';

const TRIGGER = 'n8n-nodes-sms-agent.incomingSmsTrigger';
const CALL_TRIGGER = 'n8n-nodes-sms-agent.missedCallTrigger';

const before = process.env['N8N_USER_FOLDER'];
let folder: string;
let workflows = 0;
let staticData: IDataObject;
let instanceId: string;
beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), 'sms-agent-choice-'));
});
beforeEach(() => {
	process.env['N8N_USER_FOLDER'] = folder;
	staticData = {};
	instanceId = 'this n8n';
	workflows += 1;
});
afterAll(() => {
	if (before === undefined) delete process.env['N8N_USER_FOLDER'];
	else process.env['N8N_USER_FOLDER'] = before;
	rmSync(folder, { recursive: true, force: true });
});

/** A container without a volume, as far as the place of the file goes: n8n may have none there. */
const withoutDisk = () => {
	process.env['N8N_USER_FOLDER'] = '/proc/self';
};

/** What the choice asks of n8n. */
const host = () => {
	const workflow = { id: `workflow-${workflows}` };
	return {
		getWorkflow: () => workflow,
		getInstanceId: () => instanceId,
		getWorkflowStaticData: () => staticData,
	};
};

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
		...host(),
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
		expect(storeChoiceOf(nodeBehind({ threadStore: 'staticData' })).kind).toBe('staticData');
	});

	it('is what Automatic comes to where there is no trigger', () => {
		const node = nodeBehind(undefined, { options: { maxThreads: 7 } });
		expect(storeChoiceOf(node)).toMatchObject({ kind: 'embedded', limits: { maxThreads: 7 } });
		withoutDisk();
		expect(storeChoiceOf(node).kind).toBe('staticData');
	});

	it('is where all triggers before it keep them, who have to agree', () => {
		const redis = { threadStore: 'redis' };
		expect(storeChoiceOf(nodeBehindAll([{}, {}])).kind).toBe('embedded');
		expect(storeChoiceOf(nodeBehindAll([redis, redis], redis)).kind).toBe('redis');
		expect(() => storeChoiceOf(nodeBehindAll([{}, redis]))).toThrow(
			/the triggers before this node \("Trigger 1" and "Trigger 2"\) keep conversations in different places \(File on the Server, Redis\)/,
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
		[{}, { threadStore: 'staticData' }],
		[{ threadStore: 'staticData' }, { threadStore: 'embedded' }],
		[
			{ threadStore: 'embedded', threadStoreFile: '/a.sqlite' },
			{ threadStore: 'embedded', threadStoreFile: '/b.sqlite' },
		],
	])('may not be elsewhere than the trigger of %j says: %j', (trigger, own) => {
		expect(() => storeChoiceOf(nodeBehind(trigger, own))).toThrow(/would not find them/);
	});
});

describe('Automatic', () => {
	const node = () => nodeBehind({ threadStore: 'automatic', threadStoreFile: '/left/over' });
	const publishedWith = (place: 'embedded' | 'staticData') =>
		rememberKeptIn({ ...host(), getMode: () => 'trigger' } as unknown as IHookFunctions, place);
	/** As in another process: only what n8n has saved is known. */
	const restarted = () => {
		staticData = JSON.parse(JSON.stringify(staticData)) as IDataObject;
		const global = globalThis as unknown as Record<symbol, unknown>;
		const live = global[Symbol.for('n8n-nodes-sms-agent/registrations/1')];
		(live as { workflows: Map<string, unknown> }).workflows.clear();
	};

	it('is the file that is named nowhere, which a node may also choose itself', () => {
		expect(storeChoiceOf(node())).toMatchObject({ kind: 'embedded', file: '' });
		expect(storeChoiceOf(nodeBehind({}, { threadStore: 'embedded' })).kind).toBe('embedded');
	});

	it('stays with the place of the first publishing, whatever becomes of the server', () => {
		publishedWith('embedded');
		restarted();
		withoutDisk();
		expect(storeChoiceOf(node()).kind).toBe('embedded');
	});

	it('stays with This Workflow once n8n has a disk, after a Wait with empty static data too', () => {
		publishedWith('staticData');
		expect(storeChoiceOf(node()).kind).toBe('staticData');
		staticData = {};
		expect(storeChoiceOf(node()).kind).toBe('staticData');
	});

	it('goes where the workflow was published with since, and not back', () => {
		publishedWith('staticData');
		staticData['smsThreads'] = 'conversations from then';
		publishedWith('embedded');
		restarted();
		expect(storeChoiceOf(node()).kind).toBe('embedded');
	});

	it('chooses anew on another n8n, unless conversations have come along', () => {
		publishedWith('embedded');
		instanceId = 'another n8n';
		withoutDisk();
		expect(storeChoiceOf(node()).kind).toBe('staticData');

		process.env['N8N_USER_FOLDER'] = folder;
		expect(storeChoiceOf(node()).kind).toBe('embedded');
		staticData['smsThreads'] = 'conversations from there';
		expect(storeChoiceOf(node()).kind).toBe('staticData');
	});

	describe('on a Node without SQLite', () => {
		const { node: version } = process.versions;
		beforeEach(() => {
			Object.defineProperty(process.versions, 'node', { value: '20.19.0' });
		});
		afterEach(() => {
			Object.defineProperty(process.versions, 'node', { value: version });
			rmSync(usualFile(), { force: true });
		});

		it('is This Workflow, but leaves no file behind that is there', () => {
			expect(storeChoiceOf(node()).kind).toBe('staticData');
			mkdirSync(dirname(usualFile()), { recursive: true });
			writeFileSync(usualFile(), '');
			expect(storeChoiceOf(node()).kind).toBe('embedded');
		});
	});
});
