import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
	assertStoreWorksHere,
	type StoreChoice,
} from '../../../../nodes/shared/n8n/stores/thread-store-choice';
import { STORE_NAMES } from '../../../../nodes/shared/n8n/stores/thread-store-fields';
import { STORE_PROMISES } from '../../../../nodes/shared/threads/thread-store';

const KINDS = Object.keys(STORE_NAMES) as Array<StoreChoice['kind']>;
const shared = KINDS.filter((kind) => STORE_PROMISES[kind].sharedByProcesses);
const ofOneProcess = KINDS.filter((kind) => !STORE_PROMISES[kind].sharedByProcesses);

const before = process.env['EXECUTIONS_MODE'];
afterEach(() => {
	if (before === undefined) delete process.env['EXECUTIONS_MODE'];
	else process.env['EXECUTIONS_MODE'] = before;
});

describe('in queue mode', () => {
	beforeEach(() => {
		process.env['EXECUTIONS_MODE'] = 'queue';
	});

	it.each(ofOneProcess)('%s is refused, with the kinds that processes share', (kind) => {
		expect(() => assertStoreWorksHere({ kind })).toThrow(
			expect.objectContaining({
				message: expect.stringMatching(/^Keep Conversations In: .*queue mode/),
				fix: 'Choose Redis or Postgres in every node of the workflow that has this field.',
			}),
		);
	});

	it.each(shared)('%s is taken', (kind) => {
		expect(() => assertStoreWorksHere({ kind })).not.toThrow();
	});

	it('there are kinds of both sorts', () => {
		expect({ shared, ofOneProcess }).toEqual({
			shared: ['redis', 'postgres'],
			ofOneProcess: ['staticData', 'embedded'],
		});
	});
});

it.each(KINDS)('%s is taken by an n8n of one process', (kind) => {
	process.env['EXECUTIONS_MODE'] = 'regular';
	expect(() => assertStoreWorksHere({ kind })).not.toThrow();
});

describe('a file', () => {
	const inFile = (node: string) => () => assertStoreWorksHere({ kind: 'embedded' }, node);

	it.each(['20.20.2', '22.15.1'])('is refused on Node %s, with the version it needs', (node) => {
		expect(inFile(node)).toThrow(
			`File on the Server needs Node 22.16 or later, and this n8n runs on Node ${node}`,
		);
	});

	it.each(['22.16.0', '22.21.1', '24.11.0'])('is taken on Node %s', (node) => {
		expect(inFile(node)).not.toThrow();
	});
});
