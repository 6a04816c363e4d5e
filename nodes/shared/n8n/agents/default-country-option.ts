import type { INodeProperties } from 'n8n-workflow';

export const DEFAULT_COUNTRY = 'Default Country';

export const defaultCountryOption: INodeProperties = {
	displayName: DEFAULT_COUNTRY,
	name: 'defaultCountry',
	type: 'string',
	default: 'US',
	placeholder: 'e.g. US',
	description:
		'Two letters of the country whose numbers are written without a country code, such as US, GB or DE',
};
