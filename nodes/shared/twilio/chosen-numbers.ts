import { InvalidInputError } from '../messaging/invalid-input-error';
import { findNumber, type AccountNumber } from './numbers';
import type { TwilioClient } from './twilio-client';

/** At least one. Throws InvalidInputError for none, and for one that is gone. */
export async function chosenNumbers(
	client: TwilioClient,
	sids: readonly string[],
): Promise<AccountNumber[]> {
	if (sids.length === 0) {
		throw new InvalidInputError({
			field: 'Phone Numbers',
			cause: 'none is chosen',
			fix: 'Choose at least one number.',
		});
	}
	const numbers: AccountNumber[] = [];
	for (const sid of sids) {
		const number = await findNumber(client, sid);
		if (number === undefined) {
			throw new InvalidInputError({
				field: 'Phone Numbers',
				cause: `${sid} is not a number of this Twilio account (any more)`,
				fix: 'Choose the numbers again, or choose the credential of the account that has them.',
			});
		}
		numbers.push(number);
	}
	return numbers;
}
