import { expect, it } from '@jest/globals';
import { Workflow, type INodeParameters, type INodeType, type NodeHint } from 'n8n-workflow';
import { IncomingSmsTrigger } from '../../nodes/IncomingSmsTrigger/IncomingSmsTrigger.node';
import { MissedCallTrigger } from '../../nodes/MissedCallTrigger/MissedCallTrigger.node';
import { nodeOf } from './support/run-node';

const calls = new MissedCallTrigger();
const texts = new IncomingSmsTrigger();

/** What the editor shows on the Missed Call Trigger, by n8n's own expressions. */
function hintsOf(parameters: INodeParameters, others: string[] = []): string[] {
	const node = nodeOf({ node: calls, name: 'Missed Call Trigger', parameters });
	const beside = others.map((name) => ({ ...nodeOf({ node: texts, name }), id: name }));
	const types: Record<string, INodeType> = {
		[node.type]: calls,
		...Object.fromEntries(beside.map(({ type }) => [type, texts])),
	};
	const typeOf = (name: string): INodeType => types[name] ?? calls;
	const workflow = new Workflow({
		nodes: [node, ...beside],
		connections: {},
		active: false,
		nodeTypes: {
			getByName: typeOf,
			getByNameAndVersion: typeOf,
			getKnownTypes: () => ({}),
		},
	});
	const shown = ({ displayCondition = '=true' }: NodeHint) =>
		workflow.expression.getSimpleParameterValue(node, displayCondition, 'internal', {}) ===
		true;
	return (calls.description.hints ?? []).filter(shown).map(({ message }) => message);
}

it('tells who keeps conversations in the workflow that another one cannot answer them', () => {
	expect(hintsOf({ threadStore: 'staticData' })).toEqual([
		expect.stringContaining('File on the Server</b>, Redis or Postgres'),
	]);
});

it.each([['Incoming SMS Trigger'], ['Incoming SMS Trigger1']])(
	'says nothing where %s stands in the same workflow',
	(name) => {
		expect(hintsOf({ threadStore: 'staticData' }, [name])).toEqual([]);
	},
);

it.each(['embedded', 'redis', 'postgres'])('says nothing with %s', (threadStore) => {
	expect(hintsOf({ threadStore })).toEqual([]);
});
