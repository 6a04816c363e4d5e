import { signRequest } from '../../../emulator/twilio/signature';
import type { Delivery } from '../../../emulator/twilio/delivery';
import { poll } from '../../../harness/poll';
import type { AttackFixture } from './attack-fixture';
import type { RawRequest } from './attacker';

/** A request of Twilio's that n8n has taken in, as a forger may have seen it. */
export interface GenuineForm {
	what: 'call' | 'step' | 'text';
	/** As signed: no fragment. */
	url: string;
	fields: Array<[string, string]>;
	/** What it is signed with. */
	token: string;
}

/** A report of another phone system that n8n has taken in. */
export interface GenuineReport {
	url: string;
	body: Record<string, string>;
	secret: string;
}

export interface Genuine {
	forms: GenuineForm[];
	reports: GenuineReport[];
}

export const FORM_TYPE = 'application/x-www-form-urlencoded; charset=UTF-8';

const TEXTS = ['Are you open?', 'My name is Zoë 😀 & I pay 100%', 'a=b&c=d?e=f#g', ' '];
const PICTURE = { contentType: 'image/gif', data: Buffer.from('R0lGODlhAQABAAAAACw=', 'base64') };

/** Has people text and call, and takes down what Twilio sent. Resolves when all of it is answered. */
export async function captureGenuine(fixture: AttackFixture): Promise<Genuine> {
	const { e2e, secrets, urls, attacker } = fixture;
	const { twilio, number, account: owner } = e2e;
	const before = twilio.deliveries.length;
	let contacts = 0;
	const contact = () => `+1415557${String(++contacts).padStart(4, '0')}`;
	const repliesBefore = twilio.messages({ direction: 'outbound' }).length;

	const to = number.phoneNumber;
	for (const body of TEXTS) await twilio.textFromContact({ from: contact(), to, body });
	await twilio.textFromContact({ from: contact(), to, body: '', media: [PICTURE] });
	await twilio.callFromContact({ from: contact(), to });
	await twilio.callFromContact({ from: contact(), to, owner: 'answers' });
	await twilio.callFromContact({ from: contact(), to, hangsUp: 'while it rings' });
	const report = {
		url: urls.reports,
		body: { from: contact(), to, call_id: `call-${Date.now()}`, status: 'no-answer' },
		secret: secrets['callReportSecret'] ?? '',
	};
	const { status } = await attacker.send(reportRequest(report));
	if (status !== 200) throw new Error(`The genuine report was answered ${status}`);

	// One text to each who texted, each who was missed, and the one of the report.
	const expected = repliesBefore + TEXTS.length + 1 + 2 + 1;
	await poll(
		'everybody to be answered',
		() => twilio.messages({ direction: 'outbound' }).length >= expected || undefined,
		{ timeoutMs: 60_000 },
	);
	await fixture.untilCallsAreTold();
	const forms = twilio.deliveries.slice(before).map((delivery) => formOf(delivery, owner));
	if (!forms.some(({ what }) => what === 'step')) throw new Error('No step of a call was asked');
	return { forms, reports: [report] };
}

function formOf(
	{ kind, url, params }: Delivery,
	{ authToken }: { authToken: string },
): GenuineForm {
	const bare = url.replace(/#.*$/s, '');
	const ofCall = bare.includes('?') ? 'step' : 'call';
	return {
		what: kind === 'inbound' ? 'text' : ofCall,
		url: bare,
		fields: Object.entries(params).flatMap(([name, value]) =>
			[value].flat().map((one): [string, string] => [name, one]),
		),
		token: authToken,
	};
}

/** As Twilio signs it. */
export function signatureOf(
	token: string,
	url: string,
	fields: ReadonlyArray<[string, string]>,
): string {
	const params: Record<string, string[]> = {};
	for (const [name, value] of fields) {
		// Not by assignment: a form may have a field "__proto__".
		const values = Object.hasOwn(params, name) ? (params[name] ?? []) : [];
		Object.defineProperty(params, name, {
			value: [...values, value],
			enumerable: true,
			configurable: true,
			writable: true,
		});
	}
	return signRequest(token, url, params);
}

export function formRequest({ url, fields, token }: GenuineForm): RawRequest {
	const { pathname, search } = new URL(url);
	return {
		method: 'POST',
		path: pathname + search,
		headers: [
			['Content-Type', FORM_TYPE],
			['X-Twilio-Signature', signatureOf(token, url, fields)],
			['User-Agent', 'TwilioProxy/1.1'],
		],
		body: Buffer.from(encodeForm(fields)),
	};
}

export function encodeForm(fields: ReadonlyArray<[string, string]>): string {
	return new URLSearchParams(fields as Array<[string, string]>).toString();
}

export function reportRequest({ url, body, secret }: GenuineReport): RawRequest {
	return {
		method: 'POST',
		path: new URL(url).pathname,
		headers: [
			['Content-Type', 'application/json'],
			['Authorization', `Bearer ${secret}`],
		],
		body: Buffer.from(JSON.stringify(body)),
	};
}
