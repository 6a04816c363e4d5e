import type { INodeProperties } from 'n8n-workflow';

/** A list of names and values; what it is for is the node's to say. */
export const factList = {
	name: 'facts',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	placeholder: 'Add Fact',
	default: {},
	options: [
		{
			name: 'fact',
			displayName: 'Fact',
			values: [
				{
					displayName: 'Name',
					name: 'name',
					type: 'string',
					default: '',
					placeholder: 'e.g. Booking',
				},
				{
					displayName: 'Value',
					name: 'value',
					type: 'string',
					default: '',
					placeholder: 'e.g. Friday at 9:00',
				},
			],
		},
	],
} satisfies Partial<INodeProperties>;

/** The same in every node that has a model write. */
export const factsOption: INodeProperties = {
	...factList,
	displayName: 'Facts for the Agent',
	description:
		'What the agent should know for this text, such as the name or the booking of the contact. The model may repeat it to the contact. Name, time zone and facts that are kept of the contact are told in any case; a fact of the same name here holds instead.',
};

interface Fact {
	name?: unknown;
	value?: unknown;
}

/** By name, to be kept: one with an empty value takes a fact away. */
export function factsIn(given: unknown): Record<string, string> {
	return Object.fromEntries(pairsIn(given));
}

/** By name, to be told. A fact without a value says nothing; an empty CRM field must not become "Name: undefined". */
export function readFacts(given: unknown): Record<string, string> {
	return Object.fromEntries(pairsIn(given).filter(([, value]) => value !== ''));
}

function pairsIn(given: unknown): Array<readonly [string, string]> {
	const { fact = [] } = (given ?? {}) as { fact?: Fact[] };
	const written = fact.map(({ name, value }) => [asText(name), asText(value)] as const);
	return written.filter(([name]) => name !== '');
}

function asText(value: unknown): string {
	if (value === undefined || value === null) return '';
	return (typeof value === 'string' ? value : JSON.stringify(value)).trim();
}
