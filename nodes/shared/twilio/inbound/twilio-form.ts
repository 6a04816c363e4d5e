/**
 * Bytes. A text of 1,600 characters takes 15 kB at most once it is encoded, ten media addresses and
 * all other fields a few more, what Twilio's add-ons put in some 20: Twilio's largest request fits
 * several times, and checking the signature of as much costs a millisecond or two.
 */
export const MAX_TWILIO_REQUEST_BYTES = 64 * 1024;

/** A SHA-1 HMAC in base64: twenty bytes. */
const SIGNATURE = /^[A-Za-z0-9+/]{27}=$/;
const FORM = /^application\/x-www-form-urlencoded[ \t]*(;|$)/i;

/** The fields of a form; a repeated name has a list. */
export type TwilioForm = Readonly<Record<string, string | string[]>>;

export function hasSignatureShape(header: unknown): header is string {
	return typeof header === 'string' && SIGNATURE.test(header);
}

/** Whether the header Content-Type names the one kind of body that Twilio sends. */
export function isFormContentType(header: unknown): boolean {
	return typeof header === 'string' && FORM.test(header);
}

/** Whether a parsed body is one: every value a text or a list of texts. */
export function isForm(body: unknown): body is TwilioForm {
	if (typeof body !== 'object' || body === null || Array.isArray(body)) return false;
	return Object.values(body).every(
		(value) =>
			typeof value === 'string' ||
			(Array.isArray(value) && value.every((one) => typeof one === 'string')),
	);
}

/**
 * Every name of Twilio's begins with a capital, a header of SIP's may follow in it; but for what comes
 * with a key that was pressed ("msg=Gather End") and with a transcription.
 */
const NAME = /^(?:[A-Z][A-Za-z0-9]*(?:_[\w.-]+)?|msg|url)$/;
const SID = /^[A-Z]{2}[0-9a-fA-F]{32}$/;
const NAMED_SIDS = /Sid[A-Z]{2}[0-9a-fA-F]{32}/g;

/**
 * Whether names and values are parted where Twilio parts them. Its signature is over all of them in a
 * row, with nothing between, so a form that was signed stays signed when the cuts are moved: into a
 * contact's own words, or so that a field hides in another's value. A new field of Twilio's passes.
 *
 * What a form is about are its SIDs, and each must stand in a field of its own: none in a value, a
 * name, or half in each. The words of a text come before all that follows in the row, so they alone
 * may hold what looks like one. Who takes part stands in a field of its own too, and is there: FromCity
 * is not a From. What tells of a recording names nobody; what tells of a text of ours may not either,
 * where no sender was found for it, and has no words in which to hide anything.
 */
export function isCutAsTwilioCuts(form: TwilioForm): boolean {
	const fields = Object.entries(form).sort(([one], [other]) => (one < other ? -1 : 1));
	if (!fields.every(([name, value]) => NAME.test(name) && typeof value === 'string'))
		return false;
	const row = fields.map(([name, value]) => name + (name === 'Body' ? '\n' : String(value)));
	const inRow = row.join('').match(NAMED_SIDS)?.length ?? 0;
	const ofTheirOwn = fields.filter(
		([name, value]) => name.endsWith('Sid') && SID.test(String(value)),
	);
	if (inRow !== ofTheirOwn.length) return false;
	if (isStatusCallback(form)) return true;
	if (PARTIES.some((name) => holdsPartOfAName(form, name))) return false;
	return (
		Object.hasOwn(form, 'RecordingStatus') ||
		['From', 'To'].every((name) => Object.hasOwn(form, name))
	);
}

/** Its sender may be a name such as "Zipcar", and the recipient is one whom we texted. */
function isStatusCallback(form: TwilioForm): boolean {
	const { MessageStatus: status = '' } = form;
	const isOfOurs = status !== '' && !String(status).startsWith('receiv');
	return isOfOurs && Object.hasOwn(form, 'MessageSid') && !Object.hasOwn(form, 'Body');
}

const PARTIES = ['From', 'To', 'Caller', 'Called'];
const OF_PARTY = ['City', 'Country', 'Name', 'State', 'Zip'];

/** Whether the value holds part of the name before it, or of what comes after it. */
function holdsPartOfAName(form: TwilioForm, name: string): boolean {
	const value = String(form[name] ?? '');
	const isLonger = OF_PARTY.some(
		(rest) => value.startsWith(rest) && !Object.hasOwn(form, name + rest),
	);
	return isLonger || /^\+\d+[^\d\s]/.test(value);
}
