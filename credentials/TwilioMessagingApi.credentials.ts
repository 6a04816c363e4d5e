import type {
	ICredentialDataDecryptedObject,
	ICredentialType,
	IHttpRequestOptions,
	Icon,
	INodeProperties,
} from 'n8n-workflow';

// Its test lives with the nodes (`testedBy`): a declarative one cannot tell apart all that goes wrong.
export class TwilioMessagingApi implements ICredentialType {
	name = 'twilioMessagingApi';

	displayName = 'Twilio Messaging API';

	documentationUrl =
		'https://unpkg.com/n8n-nodes-sms-agent/dist/docs/nodes/credentials.html#twilio-messaging-api';

	icon: Icon = {
		light: 'file:TwilioMessagingApi.svg',
		dark: 'file:TwilioMessagingApi.dark.svg',
	};

	/** The token opens the whole account and signs its webhooks, so no other node may send it anywhere. */
	restrictToSupportedNodes = true as const;

	hideDomainRestrictionFields = true;

	properties: INodeProperties[] = [
		{
			displayName: 'Account SID',
			name: 'accountSid',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'AC...',
			hint: 'On the home page of the Twilio Console, under Account Info. Starts with AC.',
			description: 'Names your Twilio account',
		},
		{
			displayName: 'Auth Token',
			name: 'authToken',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			hint: 'On the home page of the Twilio Console, under Account Info',
			description:
				'Opens your Twilio account. It also proves that a text really comes from Twilio, which an API key cannot do.',
		},
		{
			displayName: 'Messaging Service SID',
			name: 'messagingServiceSid',
			type: 'string',
			default: '',
			placeholder: 'MG...',
			hint: 'Recommended. In the Twilio Console under Messaging > Services. Starts with MG.',
			description:
				'A Messaging Service handles opt-outs, chooses the sender and is needed for scheduled texts. Leave it empty to work with single phone numbers.',
		},
		{
			displayName: 'Secondary Auth Token',
			name: 'secondaryAuthToken',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			hint: 'Only while you change tokens; otherwise empty',
			description:
				'Enter the new (secondary) token here before you promote it in the Twilio Console, and no text is refused. Afterwards move it up to Auth Token.',
		},
		{
			displayName: 'Notify Signing Secret',
			name: 'notifySigningSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			placeholder: 'whsec_...',
			hint: 'Only if an agent notifies a webhook or a trigger asks for context; otherwise empty',
			description:
				"From it the receiver of the webhook knows that the message is yours (Standard Webhooks). Starts with whsec_. Get it from the receiver, or make one with n8n's Crypto node (Generate, type Base64, length 32) and give it to the receiver.",
		},
		{
			displayName: 'Call Report Secret',
			name: 'callReportSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			hint: 'Only if a Missed Call Trigger is told of calls by another phone system; otherwise empty',
			description:
				'A long random text that you also enter in that system, which sends it as "Authorization: Bearer ..." or in the header X-Webhook-Secret. For Retell: your Retell API key, the one with the webhook badge.',
		},
		{
			displayName: 'API Base URL',
			name: 'apiBaseUrl',
			type: 'string',
			default: 'https://api.twilio.com',
			hint: 'Leave it as it is for Twilio',
			description:
				'Change it if your account is in another Twilio region (for example https://api.dublin.ie1.twilio.com) or with a provider that works like Twilio',
		},
		{
			displayName: 'STOP and HELP Answered By',
			name: 'keywordsAnsweredBy',
			type: 'options',
			default: 'twilio',
			options: [
				{
					name: 'Twilio',
					value: 'twilio',
					description: 'As Twilio does by itself, for numbers and Messaging Services',
				},
				{
					name: 'This Workflow',
					value: 'us',
					description:
						'Where Twilio does not: the one confirmation is then sent by your workflow',
				},
			],
			hint: 'Leave it at Twilio unless you know that Twilio does not answer',
			description:
				'Choose This Workflow if Twilio support has switched its keyword handling off for your account, if you text from a short code outside a Messaging Service, or if Advanced Opt-Out is set to other words. Opt-outs are kept in either case; this is about who writes back.',
		},
		{
			displayName: 'Tell Twilio About Opt-Outs',
			name: 'tellConsents',
			type: 'boolean',
			default: false,
			hint: 'Needs the Consent Management API, which Twilio opens with its Compliance Toolkit',
			description:
				'Whether Twilio is told, too, when a contact opts out or in again, so that all other software on your account keeps to it. Each change is one request to Twilio; the Compliance Toolkit has a price of its own. Your agents keep to opt-outs without it.',
		},
		{
			displayName: 'Consents API Base URL',
			name: 'consentsBaseUrl',
			type: 'string',
			displayOptions: { show: { tellConsents: [true] } },
			default: '',
			placeholder: 'https://accounts.twilio.com',
			hint: 'Leave it empty for Twilio',
			description:
				'Change it if your provider takes opt-outs at another address than the API Base URL says',
		},
		// For an n8n that does not know the two above: there the HTTP Request node refuses what says so.
		{
			displayName: 'Allowed HTTP Request Domains',
			name: 'allowedHttpRequestDomains',
			type: 'hidden',
			default: 'none',
		},
	];

	authenticate = async (
		{ accountSid, authToken }: ICredentialDataDecryptedObject,
		request: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> => ({
		...request,
		auth: { username: trimmed(accountSid), password: trimmed(authToken) },
	});
}

/** Copying from a web page brings blanks along. */
function trimmed(field: unknown): string {
	return typeof field === 'string' ? field.trim() : '';
}
