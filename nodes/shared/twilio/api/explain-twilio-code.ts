/** A Twilio error code in words for somebody who never read Twilio's documentation. */
export interface TwilioExplanation {
	/** One sentence without a full stop, so that it can head an error. */
	cause: string;
	/** What to do about it. */
	fix: string;
}

/**
 * What a code means and what to do, both for the codes a request is refused with (2xxxx, 35xxx)
 * and for those a message fails with later (30xxx, 63xxx). Undefined for any other.
 */
export function explainTwilioCode(code: number | undefined): TwilioExplanation | undefined {
	const explanation = code === undefined ? undefined : EXPLANATIONS[code];
	return explanation && { cause: explanation[0], fix: explanation[1] };
}

const REGISTER_A2P =
	'In the Twilio Console under Messaging > Regulatory Compliance, register your brand and campaign (A2P 10DLC) and add the number to the Messaging Service of that campaign. Approval takes days; until then use a verified toll-free number or a registered one.';
const ASK_THE_CONTACT =
	'Check the number with the contact. Trying again will not help until it is corrected.';

const EXPLANATIONS: Readonly<Record<number, readonly [cause: string, fix: string]>> = {
	// The account
	20003: [
		'Twilio did not accept the Account SID and Auth Token',
		"Open the Twilio Messaging API credential, copy both again from the Twilio Console and save it. An account in another region needs that region's token and API Base URL.",
	],
	20005: [
		'The Twilio account is not active',
		'Log in to the Twilio Console: the account may be out of funds, suspended or closed.',
	],
	20008: [
		'These are Twilio test credentials, which cannot do this',
		'Put the live Account SID and Auth Token into the credential.',
	],
	20404: [
		'Twilio does not know what was asked for',
		'Check the SIDs in the node and in the credential: they must belong to the same Twilio account, and capitals count.',
	],
	20429: [
		'Twilio got too many requests at once and turned this one away unprocessed',
		'Nothing was sent. Send fewer texts at the same time, for example in batches with a Loop Over Items node.',
	],
	20500: [
		'Twilio had an internal error',
		'See status.twilio.com. Whether a text went out is only certain from the message log in the Twilio Console.',
	],
	20503: ['Twilio is not available at the moment', 'See status.twilio.com and try again later.'],
	70051: [
		'The API key is restricted and may not do this',
		"Use the account's Auth Token in the credential.",
	],

	// The recipient
	21211: ['The number to text is not a valid phone number', ASK_THE_CONTACT],
	21265: [
		'The number to text is a short code, which no Twilio number can text',
		'Text a phone number. Texts that come from short codes are notices; nobody reads an answer.',
	],
	21266: [
		'The number to text is the number to text from',
		'Check To and From: a Twilio number cannot text itself.',
	],
	21408: [
		'The Twilio account may not text that country',
		'In the Twilio Console under Messaging > Settings > Geo permissions, tick the country and save.',
	],
	21604: ['There is no number to text', 'Fill in the field To.'],
	21608: [
		'This is a Twilio trial account, which may text verified numbers only',
		'Verify the number in the Twilio Console under Phone Numbers > Verified Caller IDs, or upgrade the account.',
	],
	21610: [
		'The contact has opted out of texts from this sender',
		'Do not try again. Only the contact can lift this, by texting START to the number.',
	],
	21612: [
		'That number cannot be reached by SMS or MMS from this sender',
		"Use a sender of the contact's country, and leave media out where the country has no MMS.",
	],
	21614: [
		'The number to text is not a mobile number',
		'It may be a landline. Ask the contact for a mobile number.',
	],

	21635: [
		'The number to text is a landline',
		'Ask the contact for a mobile number. Outside the United States, Canada and the United Kingdom Twilio sends nothing to landlines.',
	],
	572005: [
		'This is a Twilio trial account, and the number to text has not finished its verification',
		'Enter the code that Twilio sent to that number in the Twilio Console under Phone Numbers > Verified Caller IDs, or upgrade the account.',
	],

	// The sender
	21212: [
		'The number to text from is not valid',
		'In From, give one of your Twilio numbers in international form, such as +14155550123.',
	],
	21603: [
		'There is no number to text from',
		'Fill in From, or put a Messaging Service SID into the Twilio Messaging API credential.',
	],
	21606: [
		'The number to text from cannot send texts to that destination',
		'Choose a Twilio number that has the SMS capability and belongs to this account.',
	],
	21611: [
		'More than ten hours of texts are already queued for this sender',
		'Wait until the queue has emptied, or spread the texts over more numbers with a Messaging Service.',
	],
	21657: [
		'The name to text from cannot be used in that country',
		'Use a phone number, or register the name for that country in the Twilio Console.',
	],
	21659: [
		'The number to text from is not a Twilio number, or not one that serves that country',
		'In From, give a number listed in the Twilio Console under Phone Numbers.',
	],
	21660: [
		'The number to text from belongs to another Twilio account',
		"Use a number of the account in the credential, or the credential of the number's account.",
	],
	21661: [
		'The number to text from cannot send texts',
		'Choose a Twilio number that has the SMS capability.',
	],
	572002: [
		'This is a Twilio trial account, and the number to text from is not the trial number assigned to this contact',
		'Look in the Twilio Console which trial number is assigned to this verified contact for texts and put it into From, or upgrade the account.',
	],
	21701: [
		'That Messaging Service does not exist on the account',
		'Copy the Messaging Service SID (MG...) from the Twilio Console under Messaging > Services into the credential.',
	],
	21703: [
		'No sender of the Messaging Service can text this contact',
		"Add a number of the contact's country to the Messaging Service's sender pool.",
	],
	21704: [
		'The Messaging Service has no sender',
		'Add a number to its sender pool in the Twilio Console under Messaging > Services.',
	],
	21705: [
		'The Messaging Service SID is malformed',
		'It is MG followed by 32 hexadecimal characters; copy it again from the Twilio Console.',
	],
	21710: ['The number is in this Messaging Service already', 'Nothing needs to be done.'],
	21711: [
		'The number to text from is not in the Messaging Service',
		"Add the number to the Messaging Service's sender pool, or leave From empty.",
	],
	21712: [
		'The number is in another Messaging Service',
		'Take it out of that one first: a number can be in one Messaging Service only.',
	],

	// The text
	21602: ['The text is empty', 'Write a text or add a media URL.'],
	21609: [
		'The status callback URL is not valid',
		'Give a public https:// address; its host name may not contain an underscore.',
	],
	21617: [
		'The text is longer than 1,600 characters',
		'Shorten it, or set a segment limit in the options.',
	],
	21620: ['A media URL is not valid', 'Give public https:// addresses of the files.'],
	21654: ['Template variables were given without a template', 'Choose a template.'],
	21655: [
		'That template does not exist on the account',
		'Choose a template of the account in the credential.',
	],
	21656: [
		'The template variables are not valid',
		'Give one value for each placeholder of the template.',
	],
	35111: ['The time to send at is missing', 'Fill in Send At.'],
	35114: [
		'The time to send at is too soon',
		'Choose a time at least 15 minutes ahead, or send at once.',
	],
	35115: ['The time to send at is too far ahead', 'Choose a time within the next 35 days.'],
	35117: [
		'The time to send at cannot be used',
		'Choose a time between 15 minutes and 35 days ahead.',
	],
	35118: [
		'Texts can be scheduled through a Messaging Service only',
		'Put a Messaging Service SID into the Twilio Messaging API credential.',
	],
	35125: [
		'The account has too many scheduled texts',
		'Wait until some have been sent, or cancel some.',
	],

	// What happens to a message after Twilio took it
	30001: [
		"The sender's queue was full",
		'Send fewer texts at once, or add numbers to the Messaging Service.',
	],
	30002: [
		'The Twilio account was suspended after the text was queued',
		"Contact Twilio's support.",
	],
	30003: ['The phone is switched off or out of reach', 'Try once more later.'],
	30004: [
		'The contact or the carrier blocks texts from this sender',
		'The contact may have opted out. Do not try again until they write to you.',
	],
	30005: ['The number does not exist, or the phone is not reachable any more', ASK_THE_CONTACT],
	30006: [
		'The number is a landline or its carrier cannot be reached',
		'Ask the contact for a mobile number.',
	],
	30007: [
		'Twilio or the carrier filtered the text as spam',
		'Say who is writing, leave out shortened links, and see that the sender is registered for this kind of text.',
	],
	30008: [
		'The carrier did not deliver the text and gave no reason',
		"Try once more; if it stays, contact Twilio's support.",
	],
	30022: ["The sender reached the carrier's rate limit", 'Send more slowly.'],
	30023: ['Your brand reached its daily limit', 'Go on tomorrow (after midnight Pacific time).'],
	30027: [
		"Your brand reached T-Mobile's daily limit",
		'Go on tomorrow (after midnight Pacific time).',
	],
	30032: [
		'The toll-free number has not been verified',
		'Submit the toll-free verification in the Twilio Console under Phone Numbers > Regulatory Compliance.',
	],
	30034: [
		'The number is not registered for texting in the United States (A2P 10DLC)',
		REGISTER_A2P,
	],
	30035: [
		"The number's registration is still being set up",
		'Wait until the Twilio Console shows it as registered.',
	],
	30036: [
		'The text waited in the queue for longer than its validity period',
		'Allow a longer Validity Period, or send fewer texts at once.',
	],
	30038: [
		'Twilio held the text back because it holds a one-time passcode',
		'Twilio numbers do not receive passcodes. Have them sent to a phone of your own.',
	],
	30039: [
		'Twilio held the text back because a machine seems to have written it',
		'Nothing needs to be done: an automatic answer to it could go on for ever.',
	],
	30042: [
		'The name to text from is blocked as too general, or has characters that are not allowed',
		'Use a phone number, or a name that only your business has.',
	],
	30044: [
		'The text is longer than a Twilio trial account may send',
		'Shorten it: set Maximum Segments to 1 in the options, and write without emoji. Or upgrade the account.',
	],
	30450: [
		'Twilio blocked texts to that destination for a while, suspecting fraud',
		'Wait half an hour. Texts to phone numbers typed into a public form attract this kind of fraud.',
	],
	63016: [
		'The WhatsApp conversation is older than 24 hours',
		'Send an approved template instead.',
	],
};
