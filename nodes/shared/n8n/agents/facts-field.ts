import type { INodeProperties } from 'n8n-workflow';

/** The same in every node that has a model write. */
export const factsOption: INodeProperties = {
	displayName: 'Facts for the Agent',
	name: 'facts',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	placeholder: 'Add Fact',
	default: {},
	description:
		'What the agent should know for this text, such as the name or the booking of the contact. The model may repeat it to the contact. Name, time zone and facts that are kept of the contact are told in any case; a fact of the same name here holds instead.',
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
					placeholder: 'e.g. First name',
				},
				{
					displayName: 'Value',
					name: 'value',
					type: 'string',
					default: '',
					placeholder: 'e.g. Maria',
				},
			],
		},
	],
};

interface Fact {
	name?: unknown;
	value?: unknown;
}

/** By name. A fact without a value says nothing; an empty CRM field must not become "Name: undefined". */
export function readFacts(given: unknown): Record<string, string> {
	const { fact = [] } = (given ?? {}) as { fact?: Fact[] };
	const written = fact.map(({ name, value }) => [asText(name), asText(value)] as const);
	return Object.fromEntries(written.filter(([name, value]) => name !== '' && value !== ''));
}

function asText(value: unknown): string {
	if (value === undefined || value === null) return '';
	return (typeof value === 'string' ? value : JSON.stringify(value)).trim();
}
