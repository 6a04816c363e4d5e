import { ACCOUNT_SID, MESSAGING_SERVICE_SID } from '../../messaging/sid-shapes';
import { inOneLine, mixedUpField, refusedToken } from './mixed-up-fields';
import { NoAnswerError, type HttpClient } from '../../http/http-client';
import {
	TwilioApiError,
	DEFAULT_API_BASE_URL,
	twilioClient,
	type TwilioClient,
} from './twilio-client';

/** The credential's fields as the builder typed them, trimmed. */
export interface CredentialFields {
	accountSid: string;
	authToken: string;
	messagingServiceSid: string;
	/** Empty: Twilio itself. */
	apiBaseUrl: string;
}

export interface CredentialVerdict {
	works: boolean;
	/** For the builder; with the fix where it does not work. Holds no token. */
	message: string;
}

const NOT_VERIFIED =
	"We couldn't verify those credentials. Copy the Account SID and the Auth Token again from the home page of the Twilio Console (Account Info). After a change of tokens, the primary one is needed.";

/**
 * Which field is wrong, if any: by its shape before anybody is asked, then by Twilio's answers.
 *
 * @param http carries the calls with the account's authentication.
 */
export async function checkCredential(
	fields: CredentialFields,
	http: HttpClient,
): Promise<CredentialVerdict> {
	const malformed = malformedField(fields);
	if (malformed !== undefined) return { works: false, message: malformed };
	const { accountSid, messagingServiceSid } = fields;
	const apiBaseUrl = fields.apiBaseUrl || DEFAULT_API_BASE_URL;
	const client = twilioClient({ accountSid, apiBaseUrl }, http);
	try {
		const problem =
			(await accountProblem(client)) ??
			(messagingServiceSid === ''
				? undefined
				: await serviceProblem(client, messagingServiceSid));
		return problem === undefined
			? { works: true, message: 'Connected to Twilio.' }
			: { works: false, message: problem };
	} catch (error) {
		return { works: false, message: trouble(error, fields) };
	}
}

function malformedField(fields: CredentialFields): string | undefined {
	const mixedUp = mixedUpField(fields);
	if (mixedUp) return inOneLine(mixedUp);
	if (!ACCOUNT_SID.test(fields.accountSid)) {
		return `Account SID: ${shapeProblem(fields.accountSid, 'AC')} Copy it from the home page of the Twilio Console (Account Info).`;
	}
	if (fields.authToken === '') {
		return 'Auth Token: it is empty. Copy it from the home page of the Twilio Console (Account Info > Show).';
	}
	if (
		fields.messagingServiceSid !== '' &&
		!MESSAGING_SERVICE_SID.test(fields.messagingServiceSid)
	) {
		return `Messaging Service SID: ${shapeProblem(fields.messagingServiceSid, 'MG')} Copy it from Messaging > Services in the Twilio Console, or leave it empty.`;
	}
	if (fields.apiBaseUrl !== '' && !/^https?:$/.test(protocolOf(fields.apiBaseUrl))) {
		return `API Base URL: it is not a web address. Enter one that starts with https://, or ${DEFAULT_API_BASE_URL} for Twilio itself.`;
	}
	return undefined;
}

function shapeProblem(sid: string, prefix: string): string {
	if (sid === '') return 'it is empty.';
	if (!sid.startsWith(prefix)) {
		return `it has to start with ${prefix}, and this one starts with "${sid.slice(0, 2)}".`;
	}
	if (sid.length !== 34)
		return `it has ${sid.length} characters; ${prefix} and 32 more are needed.`;
	return `after ${prefix}, only the digits 0-9 and the letters a-f may follow.`;
}

function protocolOf(url: string): string {
	return URL.canParse(url) ? new URL(url).protocol : '';
}

async function accountProblem(client: TwilioClient): Promise<string | undefined> {
	const uri = `/Accounts/${client.account.accountSid}.json`;
	const account = (await client.api.fetch({ uri, method: 'get' })) as { status?: unknown };
	switch (account.status) {
		case 'suspended':
			return 'This Twilio account is suspended, so it can neither send nor receive texts. The Twilio Console says why; most often the balance is used up or the account is under review.';
		case 'closed':
			return 'This Twilio account is closed. Enter the Account SID and Auth Token of an account that is open.';
		default:
			return undefined;
	}
}

async function serviceProblem(client: TwilioClient, sid: string): Promise<string | undefined> {
	try {
		await client.messaging.fetch({ uri: `/Services/${sid}`, method: 'get' });
		return undefined;
	} catch (error) {
		if (!(error instanceof TwilioApiError) || !error.isNotFound) throw error;
		return "That Messaging Service SID wasn't found on the account. The Account SID and Auth Token are right. Copy the SID from Messaging > Services in the Twilio Console of this same account, or leave the field empty.";
	}
}

function trouble(error: unknown, { authToken }: CredentialFields): string {
	if (error instanceof NoAnswerError) {
		return `Twilio could not be reached: ${error.message}. Check the internet connection of this n8n, its proxy settings and, if you changed it, the API Base URL.`;
	}
	if (!(error instanceof TwilioApiError)) throw error;
	const { status, code } = error;
	if (error.isStranger) {
		return `What answers there is not Twilio (HTTP status ${status}). Check the API Base URL: ${DEFAULT_API_BASE_URL} for Twilio itself.`;
	}
	if (code === 20005) {
		return 'Twilio says that this account is not active: it is suspended, closed or out of funds. The Twilio Console says why.';
	}
	if (code === 20008) {
		return "These are Twilio's test credentials, which can neither send nor receive texts. Enter the live Account SID and Auth Token.";
	}
	// 404: an Account SID that does not exist, asked with a token of another.
	if (status === 401 || status === 403 || status === 404) {
		const refused = refusedToken(authToken);
		return refused ? inOneLine(refused) : NOT_VERIFIED;
	}
	return `Twilio could not answer just now (HTTP status ${status}). Try again in a minute; status.twilio.com tells of outages.`;
}
