import type { INodePropertyOptions } from 'n8n-workflow';
import type { TextBackRules } from '../shared/calls/missed-call';
import { InvalidInputError } from '../shared/messaging/invalid-input-error';
import { countryNames, parseCountry } from '../shared/messaging/phone-number';
import { option, valueOf, type TriggerContext } from '../shared/n8n/host/field-value';
import { readLimit } from '../shared/n8n/limits/limit-option';
import { triggerKeyOf } from '../shared/n8n/upkeep/trigger-key';
import { claimKeys } from '../shared/threads/claim-keys';
import { callersPerHourOption, otherCountriesOption } from './caller-limits';

const EVERYWHERE = 'all';

/** The countries that n8n offers for the option, by name. */
export function loadCountries(): INodePropertyOptions[] {
	const countries = countryNames()
		.map(([value, name]) => ({ name, value }))
		.sort((one, other) => one.name.localeCompare(other.name, 'en'));
	const everywhere = 'However dear their texts are, and though the number may be invented';
	return [{ name: 'All Countries', value: EVERYWHERE, description: everywhere }, ...countries];
}

/**
 * Which callers are texted, and how many. Throws InvalidInputError.
 *
 * @param country where the called number does not tell its own.
 */
export function readCallerLimits(
	context: TriggerContext,
	country: string | undefined,
): Pick<TextBackRules, 'country' | 'otherCountries' | 'perHour'> {
	const { displayName } = otherCountriesOption;
	const given = valueOf(context, option(otherCountriesOption));
	if (!Array.isArray(given) || given.some((one) => typeof one !== 'string')) {
		throw new InvalidInputError({
			field: displayName,
			cause: 'it is not a list of countries',
			fix: 'Choose countries from the list, or give their codes as a list, such as ["MX", "GB"].',
		});
	}
	const chosen = given as string[];
	const most = readLimit(valueOf(context, option(callersPerHourOption)), callersPerHourOption);
	return {
		country,
		otherCountries: chosen.includes(EVERYWHERE)
			? EVERYWHERE
			: chosen.flatMap((one) => parseCountry(one, displayName) ?? []),
		perHour: { key: claimKeys.allowance('call', triggerKeyOf(context)), most },
	};
}
