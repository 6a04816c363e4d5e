import type { InputProblem } from '../../messaging/invalid-input-error';
import { ACCOUNT_SID } from '../../messaging/sid-shapes';

const AUTH_TOKEN = /^[0-9a-f]{32}$/i;
const API_KEY_SID = /^SK[0-9a-f]{32}$/i;
/** As Twilio makes it: capital letters and those after f stand in it, too. */
const API_KEY_SECRET = /^[0-9a-z]{32}$/i;

const COPY_BOTH =
	'Copy the Account SID (AC...) and the Auth Token from the home page of the Twilio Console (Account Info).';
const NO_API_KEYS =
	'Twilio signs its webhooks with the Auth Token, and an API key cannot check that.';

interface Fields {
	accountSid: string;
	authToken: string;
}

/** What stands in the wrong field, as far as the shapes tell. No word of either is repeated. */
export function mixedUpField({ accountSid, authToken }: Fields): InputProblem | undefined {
	if (/^SK/i.test(accountSid)) {
		return {
			field: 'Account SID',
			cause: 'this is the SID of an API key (SK...)',
			fix: `Enter the Account SID (AC...) and the Auth Token: ${NO_API_KEYS}`,
		};
	}
	if (AUTH_TOKEN.test(accountSid)) {
		return ACCOUNT_SID.test(authToken)
			? {
					field: 'Account SID',
					cause: 'this is the Auth Token, and the Account SID stands in Auth Token',
					fix: 'Swap the two: the one that starts with AC is the Account SID.',
				}
			: { field: 'Account SID', cause: 'this looks like an Auth Token', fix: COPY_BOTH };
	}
	if (ACCOUNT_SID.test(authToken)) {
		return { field: 'Auth Token', cause: 'this is an Account SID', fix: COPY_BOTH };
	}
	if (API_KEY_SID.test(authToken)) {
		return {
			field: 'Auth Token',
			cause: 'this is the SID of an API key (SK...)',
			fix: `${COPY_BOTH} ${NO_API_KEYS}`,
		};
	}
	return undefined;
}

/** What is probably wrong with a token that Twilio refused, where its shape tells. */
export function refusedToken(authToken: string): InputProblem | undefined {
	if (AUTH_TOKEN.test(authToken) || !API_KEY_SECRET.test(authToken)) return undefined;
	return {
		field: 'Auth Token',
		cause: 'Twilio refused it, and it looks like the secret of an API key',
		fix: `Copy the Auth Token from the home page of the Twilio Console (Account Info > Show). ${NO_API_KEYS}`,
	};
}

/** In one line, for a credential test. */
export function inOneLine({ field, cause, fix }: InputProblem): string {
	return `${field}: ${cause}. ${fix}`;
}
