import { afterEach, expect, it } from '@jest/globals';
import { version } from '../../package.json';
import { IncomingSmsTrigger } from '../../nodes/IncomingSmsTrigger/IncomingSmsTrigger.node';
import { withVersion } from '../../nodes/shared/n8n/upkeep/one-version';
import { runNode } from './support/run-node';

const mode = process.env['EXECUTIONS_MODE'];
afterEach(() => {
	if (mode === undefined) delete process.env['EXECUTIONS_MODE'];
	else process.env['EXECUTIONS_MODE'] = mode;
});

const ITEM = { json: { body: 'Hi' } };

async function run(item: { json: object }) {
	const { outputs, tasks } = await runNode({
		node: new IncomingSmsTrigger(),
		items: [{ ...item.json }],
	});
	return { json: outputs[0]?.[0]?.json, hints: tasks[0]?.hints ?? [] };
}

it('says nothing where the worker has the version that has begun the run, and shows no mark', async () => {
	process.env['EXECUTIONS_MODE'] = 'queue';
	const [[marked] = []] = withVersion([[ITEM]]);
	expect(marked?.json).not.toEqual(ITEM.json);
	expect(await run(marked ?? ITEM)).toEqual({ json: ITEM.json, hints: [] });
});

it('tells where another version has begun the run', async () => {
	process.env['EXECUTIONS_MODE'] = 'queue';
	const [[marked] = []] = withVersion([[ITEM]]);
	const [mark = ''] = Object.keys(marked?.json ?? {}).filter((key) => !(key in ITEM.json));
	const { json, hints } = await run({ json: { ...ITEM.json, [mark]: '0.0.9' } });
	expect(json).toEqual(ITEM.json);
	expect(hints).toMatchObject([
		{
			message: expect.stringMatching(
				`0\\.0\\.9 has begun this run.*this worker has ${version}`,
			),
		},
	]);
});

it('marks nothing outside of queue mode', () => {
	delete process.env['EXECUTIONS_MODE'];
	expect(withVersion([[ITEM]])).toEqual([[ITEM]]);
});
