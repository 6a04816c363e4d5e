/** What went wrong and what to do, in the words of a person. */
const EXPLANATIONS = {
	11200: 'The webhook did not answer properly, or not within 15 seconds.',
	11205: 'Nothing listens at the webhook’s address. Is n8n running and reachable?',
	11215: 'The webhook redirects in circles.',
	11750: 'The webhook’s answer is over 64 kB.',
	12100: 'The webhook’s answer is not well-formed XML.',
	12102: 'The webhook’s answer must be a <Response> element.',
	12200: 'The webhook’s answer holds a TwiML verb that cannot be used here.',
	12300: 'The webhook answered in a format Twilio does not take. Answer with text/xml, not JSON.',
	21610: 'The contact has texted STOP. Nothing may be sent until they text START.',
	21703: 'No number in the Messaging Service can send this.',
	21704: 'The Messaging Service has no numbers.',
	30003: 'The handset is off or out of reach.',
	30004: 'The message was blocked, or the contact does not take messages from this sender.',
	30005: 'The number does not exist any more.',
	30006: 'A landline, or a carrier that cannot be reached.',
	30007: 'A carrier filtered the message: its content looks like spam.',
	30008: 'The carrier gave no reason.',
	30032: 'The toll-free number is not verified yet.',
	30034: 'The number is not registered for A2P 10DLC.',
};

export function explain(code, otherwise = '') {
	return EXPLANATIONS[code] ?? otherwise;
}

/** A line on one webhook delivery: { tone: 'good' | 'warn' | 'bad', text }. */
export function describeDelivery({ status, ms, errorCode, errorDetail, fallback }) {
	const who = fallback ? 'The Fallback URL' : 'n8n';
	if (errorCode === null) return { tone: 'good', text: `${who} answered ${status} in ${ms} ms` };
	if (status === null) {
		return {
			tone: 'bad',
			text: `${who} did not answer (${errorCode}, ${errorDetail}): ${explain(errorCode)}`,
		};
	}
	const hint =
		HINTS[status] ??
		(status >= 500 ? 'see the execution’s error in n8n.' : explain(errorCode, errorDetail));
	return { tone: 'bad', text: `${who} answered ${status} in ${ms} ms (${errorCode}): ${hint}` };
}

const HINTS = {
	401: 'the webhook asks for a login that Twilio does not have.',
	403: 'check that the Auth Token and the public webhook URL in n8n are the ones Twilio uses.',
	404: 'no such webhook. Activate the workflow, or listen for a test event.',
};

export function describeUndeliverable(reason) {
	if (reason.includes('disabled')) {
		return 'The Messaging Service takes inbound texts and has no URL: Twilio drops this text.';
	}
	if (reason.includes('TwiML App')) return `Nobody is told: ${reason}.`;
	return 'No webhook set on this number: activate the workflow.';
}
