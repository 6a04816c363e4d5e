import type { IExecuteFunctions } from 'n8n-workflow';
import { InvalidInputError } from '../../shared/messaging/invalid-input-error';
import { parseCountry, parsePhoneNumber } from '../../shared/messaging/phone-number';
import { DEFAULT_COUNTRY } from '../../shared/n8n/agents/default-country-option';
import { AT_ONCE, LIST_FROM, MOST_AT_ONCE, TO_ME_FIRST, USUAL_AT_ONCE } from './list-options';

/** What holds for all items together. */
export interface ListOptions {
	atOnce: number;
	checkFirst: boolean;
	/** E.164; undefined where this is no trial. */
	toMeFirst: string | undefined;
}

/** What the builder left alone is not there; an expression may give what its field would not take. */
interface Given {
	atOnce?: number;
	checkFirst?: boolean;
	defaultCountry?: string;
	toMeFirst?: string | number;
}

/** As the first item has them. Throws InvalidInputError. */
export function readListOptions(context: IExecuteFunctions, items: number): ListOptions {
	const given = context.getNodeParameter('options', 0, {}) as Given;
	const byAi = context.getNodeParameter('mode', 0, 'raw') === 'ai';
	const country = parseCountry(given.defaultCountry ?? '', DEFAULT_COUNTRY);
	return {
		atOnce: atOnceIn(given.atOnce ?? (byAi ? USUAL_AT_ONCE.ai : USUAL_AT_ONCE.raw)),
		checkFirst: given.checkFirst ?? items >= LIST_FROM,
		toMeFirst: 'toMeFirst' in given ? myNumberIn(given.toMeFirst, country) : undefined,
	};
}

/** An option that is there and empty was meant for a trial: it must not text everybody. */
function myNumberIn(typed: Given['toMeFirst'], country: string | undefined): string {
	const me = String(typed ?? '').trim();
	if (me !== '') return parsePhoneNumber(me, country, TO_ME_FIRST);
	throw new InvalidInputError({
		field: TO_ME_FIRST,
		cause: 'it is empty; nothing was sent',
		fix: 'Enter your own number, or take the option out to text everybody.',
	});
}

function atOnceIn(atOnce: number): number {
	if (Number.isInteger(atOnce) && atOnce >= 1 && atOnce <= MOST_AT_ONCE) return atOnce;
	throw new InvalidInputError({
		field: AT_ONCE,
		cause: `${atOnce} is not a whole number from 1 to ${MOST_AT_ONCE}`,
		fix: `Enter how many texts may be on their way at once, from 1 (one after the other) to ${MOST_AT_ONCE}.`,
	});
}
