import type { INodeProperties } from 'n8n-workflow';

/** The option's label. */
export const DEFAULT_COUNTRY = 'Default Country';

/** The same in every node: left alone, no country is guessed, because a guess may text a stranger. */
export const defaultCountryOption: INodeProperties = {
	displayName: DEFAULT_COUNTRY,
	name: 'defaultCountry',
	type: 'string',
	default: '',
	placeholder: 'e.g. US',
	description:
		'Two letters of the country whose numbers are written without a country code, such as US, GB or DE. Left empty, every number needs its country code.',
};
