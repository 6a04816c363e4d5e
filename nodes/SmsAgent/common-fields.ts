import type { IDisplayOptions, INodeProperties, INodePropertyOptions } from 'n8n-workflow';

/** A model that calls the node as a tool acts on the contact of its run, so there is nobody to choose. */
export const STEP = { '@tool': [false] };

/** Where a field belongs to some operations of one resource. */
export function shownFor(resource: string, operations: string[], more = {}): IDisplayOptions {
	return { show: { resource: [resource], operation: operations, ...more } };
}

/**
 * What can be done with a resource. One field for steps and tools: of two that differ in `@tool` alone,
 * n8n's editor fills in neither default. What a model may not do is refused as it runs.
 */
export function operationField(
	resource: string,
	operations: INodePropertyOptions[],
): INodeProperties {
	return {
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		default: 'get',
		displayOptions: { show: { resource: [resource] } },
		options: operations,
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

/** Facts as pairs; of a thread or of a contact. */
export function factsField(resource: string, operations: string[]): INodeProperties {
	return {
		displayName: 'Facts',
		name: 'facts',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		displayOptions: shownFor(resource, operations),
		placeholder: 'Add Fact',
		default: {},
		description: 'An empty value takes a fact away; facts that are not named here stay',
		options: [
			{
				displayName: 'Fact',
				name: 'fact',
				values: [
					{
						displayName: 'Name',
						name: 'name',
						type: 'string',
						default: '',
						placeholder: 'e.g. booking',
					},
					{ displayName: 'Value', name: 'value', type: 'string', default: '' },
				],
			},
		],
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
