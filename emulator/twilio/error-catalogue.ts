interface ErrorEntry {
	readonly status: number;
	readonly message: string;
}

const ENTRIES: Readonly<Record<number, ErrorEntry>> = {
	20001: { status: 400, message: 'Invalid parameter' },
	20003: { status: 401, message: 'Authenticate' },
	20005: { status: 401, message: 'Account is not active' },
	20009: { status: 409, message: 'Cannot change the message because it has not finished' },
	20404: { status: 404, message: 'The requested resource was not found' },
	20429: { status: 429, message: 'Too Many Requests' },
	20500: { status: 500, message: 'Internal Server Error' },
	20503: { status: 503, message: 'Service is unavailable, please try again' },
	21211: { status: 400, message: "Invalid 'To' phone number" },
	21212: { status: 400, message: "Invalid 'From' phone number" },
	21408: { status: 400, message: "Permission to send to the region of 'To' is not enabled" },
	21602: { status: 400, message: 'A message body or media is required' },
	21603: { status: 400, message: "A 'From' phone number or MessagingServiceSid is required" },
	21604: { status: 400, message: "A 'To' phone number is required" },
	21606: { status: 400, message: "'From' is not a message-capable number for this destination" },
	21608: {
		status: 400,
		message: 'The number is unverified: trial accounts text verified numbers',
	},
	21610: { status: 400, message: 'Attempt to send to unsubscribed recipient' },
	21611: { status: 429, message: "This 'From' number has exceeded its maximum queued messages" },
	21612: { status: 400, message: "'To' is not reachable by SMS or MMS from this sender" },
	21614: { status: 400, message: "'To' is not a mobile number" },
	21617: { status: 400, message: 'The message body exceeds the 1600 character limit' },
	21620: { status: 400, message: 'Invalid media URL' },
	21659: { status: 400, message: "'From' is not a Twilio phone number" },
	21660: { status: 400, message: "'From' does not belong to this account" },
	21701: { status: 404, message: 'The Messaging Service does not exist' },
	21703: { status: 400, message: 'No sender of the Messaging Service fits this recipient' },
	21704: { status: 400, message: 'The Messaging Service contains no phone numbers' },
	21705: { status: 400, message: 'The Messaging Service SID is invalid' },
	21710: { status: 409, message: 'Phone number is already in the Messaging Service' },
	21711: { status: 400, message: "'From' is not in the Messaging Service's sender pool" },
	21712: { status: 409, message: 'Phone number is in another Messaging Service' },
	30003: { status: 400, message: 'Unreachable destination handset' },
	30004: { status: 400, message: 'Message blocked' },
	30005: { status: 400, message: 'Unknown destination handset' },
	30006: { status: 400, message: 'Landline or unreachable carrier' },
	30007: { status: 400, message: 'Message filtered' },
	30008: { status: 400, message: 'Unknown error' },
	30032: { status: 400, message: 'Toll-free number has not been verified' },
	30034: { status: 400, message: 'Message from an unregistered number' },
	35111: { status: 400, message: 'SendAt timestamp is missing' },
	35114: { status: 400, message: 'SendAt is too soon: 5 minutes ahead at least' },
	35115: { status: 400, message: 'SendAt is too far ahead, or not an ISO 8601 time in UTC' },
	35118: { status: 400, message: 'MessagingServiceSid is required to schedule a message' },
};

/** The wording is ours: Twilio warns that messages may change, so nothing may depend on them. */
export function errorEntry(code: number): ErrorEntry {
	return ENTRIES[code] ?? { status: 400, message: `Error ${code}` };
}
