import type { INodeProperties } from 'n8n-workflow';
import { limitOption } from '../shared/n8n/limits/limit-option';

/** Anybody can call with an invented number, and a text abroad costs many times one at home. */
export const otherCountriesOption: INodeProperties = {
	// Not "... Names or IDs": they are countries, and errors call them so.
	displayName: 'Callers From Other Countries',
	name: 'otherCountries',
	type: 'multiOptions',
	typeOptions: { loadOptionsMethod: 'getCountries' },
	default: [],
	description:
		'Callers from the country of the number they called are texted, and from the countries chosen here. Anybody can call with an invented number, and some countries cost many times the price of a text at home. The United States and Canada count as one. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
};

export const callersPerHourOption = limitOption({
	displayName: 'Most Callers Texted per Hour',
	name: 'callersPerHour',
	default: 60,
	description:
		'How many missed calls start the workflow within an hour. Those after that start nothing, of which the log of n8n tells; late calls wait for the next hour.',
});
