import type { IDisplayOptions, INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { factList } from '../shared/n8n/agents/facts-field';

/** A model that calls the node as a tool acts on the contact of its run, so there is nobody to choose. */
export const STEP = { '@tool': [false] };

/** Where a field belongs to some operations of one resource. */
export function shownFor(resource: string, operations: string[], more = {}): IDisplayOptions {
	return { show: { resource: [resource], operation: operations, ...more } };
}

/**
 * What can be done with a resource. One field for steps and tools, whose choices differ: of two fields
 * that differ in `@tool` alone, n8n's editor fills in neither default. An n8n that does not hide choices
 * offers a tool all of them; what a model may not do is refused as it runs, in any case.
 */
export function operationField(
	resource: string,
	operations: INodePropertyOptions[],
	{ forModels = [], usual = 'get' }: { forModels?: readonly string[]; usual?: string },
): INodeProperties {
	return {
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		default: usual,
		displayOptions: { show: { resource: [resource] } },
		options: operations.map((one) =>
			forModels.includes(String(one.value))
				? one
				: { ...one, displayOptions: { show: STEP } },
		),
	};
}

/** How many, for an operation that lists; the same two fields as in n8n's own nodes. */
export function limitFields(resource: string, operations: string[]): INodeProperties[] {
	return [
		{
			displayName: 'Return All',
			name: 'returnAll',
			type: 'boolean',
			displayOptions: shownFor(resource, operations),
			default: false,
			description: 'Whether to return all results or only up to a given limit',
		},
		{
			displayName: 'Limit',
			name: 'limit',
			type: 'number',
			typeOptions: { minValue: 1 },
			displayOptions: shownFor(resource, operations, { returnAll: [false] }),
			default: 50,
			description: 'Max number of results to return',
		},
	];
}

/** Of a thread or of a contact. */
export function factsField(resource: string, operations: string[]): INodeProperties {
	return {
		...factList,
		displayName: 'Facts',
		displayOptions: shownFor(resource, operations),
		description:
			'What the agent should know. An empty value takes a fact away; facts that are not named here stay.',
	};
}

/** A file, for an operation that exports. */
export function fileFields(resource: string, operations: string[]): INodeProperties[] {
	return [
		{
			displayName: 'File Format',
			name: 'format',
			type: 'options',
			displayOptions: shownFor(resource, operations),
			default: 'csv',
			options: [
				{ name: 'CSV', value: 'csv', description: 'For Excel and other spreadsheets' },
				{ name: 'JSON', value: 'json', description: 'For other programs' },
			],
		},
		{
			displayName: 'Put Output File in Field',
			name: 'binaryProperty',
			type: 'string',
			displayOptions: shownFor(resource, operations),
			default: 'data',
			hint: 'The name of the output binary field to put the file in',
		},
	];
}

/** The name of a person in a record that other people read. */
export function personField(
	displayName: string,
	resource: string,
	operations: string[],
): INodeProperties {
	return {
		displayName,
		name: 'by',
		type: 'string',
		displayOptions: shownFor(resource, operations),
		default: '',
		placeholder: 'e.g. Ana',
		description: 'Name of the person, for others who read it',
	};
}

/** Short output, or all there is. */
export function simplifyField(resource: string, operations: string[]): INodeProperties {
	return {
		displayName: 'Simplify',
		name: 'simple',
		type: 'boolean',
		displayOptions: shownFor(resource, operations),
		default: true,
		description:
			'Whether to return a simplified version of the response instead of the raw data',
	};
}
