import { createHmac, randomUUID } from 'node:crypto';
import type { SeededRandom } from '../../faults/support/seeded-random';
import type { RawRequest } from './attacker';
import { encodeForm, FORM_TYPE, signatureOf, type Genuine, type GenuineForm } from './genuine';

/**
 * What a request deserves: `refused` is answered 4xx; `harmless` says nothing that Twilio did not say
 * before, so it may be answered 200, and begins nothing.
 */
export type Deserves = 'harmless' | 'refused';

export interface Attack {
	/** Class and kind, for the one that got through. */
	name: string;
	deserves: Deserves;
	request: RawRequest;
}

/** What a forger knows and has. */
export interface Forger {
	genuine: Genuine;
	/** Where other workflows of the same n8n are reached. */
	otherUrls: string[];
	/** Tokens and secrets of other accounts, and what a forger may guess. */
	wrongTokens: string[];
	random: SeededRandom;
}

/** A request in parts, as it is changed. */
interface Draft {
	method: string;
	/** Path and query. */
	path: string;
	fields: Array<[string, string]>;
	/** Of the fields as they were. Undefined for none. */
	signature: string | undefined;
	contentType: string | undefined;
	/** Instead of the fields. */
	body?: string | Buffer;
	headers: Array<[string, string]>;
	/** What it was made of. */
	readonly form: GenuineForm;
}

/** Changes the draft. False where this draft cannot be changed so; a verdict where it is another than usual. */
type Change = (draft: Draft, forger: Forger) => Deserves | false | void;

interface Mutation {
	name: string;
	deserves: Deserves;
	change: Change;
}

const refused = (name: string, change: Change): Mutation => ({ name, deserves: 'refused', change });
const harmless = (name: string, change: Change): Mutation => ({
	name,
	deserves: 'harmless',
	change,
});

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const SIGNATURE = 'X-Twilio-Signature';
/** By these a text or a call is told from another, and who is texted. */
const IDENTITY = ['CallSid', 'From', 'To', 'AccountSid'];

// ---------------------------------------------------------------------------------- signatures

/** A signature made out of the genuine one. */
const signed = (name: string, make: (signature: string, forger: Forger) => string | undefined) =>
	refused(`signature ${name}`, (draft, forger) => {
		const made = make(draft.signature ?? '', forger);
		if (made === draft.signature) return false;
		draft.signature = made;
	});

/** A signature that is right, for something else. */
const signedFor = (
	name: string,
	make: (draft: Draft, forger: Forger) => { token?: string; url?: string },
) =>
	refused(`signed ${name}`, (draft, forger) => {
		const { token = draft.form.token, url = draft.form.url } = make(draft, forger);
		if (token === draft.form.token && url === draft.form.url) return false;
		draft.signature = signatureOf(token, url, draft.fields);
	});

const signatures: Mutation[] = [
	signed('with a bit flipped', (signature, { random }) => {
		const bytes = Buffer.from(signature, 'base64');
		const at = random.between(0, bytes.length - 1);
		bytes[at] = (bytes[at] ?? 0) ^ (1 << random.between(0, 7));
		return bytes.toString('base64');
	}),
	signed('with a character changed', (signature, { random }) => {
		const at = random.between(0, signature.length - 2);
		return signature.slice(0, at) + random.pick([...BASE64]) + signature.slice(at + 1);
	}),
	// The last two bits of the last character are of no byte: decoded it is the same signature.
	signed('with other unused bits', (signature) => {
		const last = BASE64.indexOf(signature.charAt(26));
		return `${signature.slice(0, 26)}${BASE64.charAt(last ^ 1)}=`;
	}),
	signed('cut', (signature, { random }) => signature.slice(0, random.between(0, 27))),
	signed('twice', (signature) => signature + signature),
	signed(
		'longer',
		(signature, { random }) => signature + random.pick(['=', 'A', '==', '\u00e9']),
	),
	signed('in lower case', (signature) => signature.toLowerCase()),
	signed('in upper case', (signature) => signature.toUpperCase()),
	signed('with one letter in the other case', (signature, { random }) => {
		const at = random.between(0, 26);
		const letter = signature.charAt(at);
		const other = letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
		return signature.slice(0, at) + other + signature.slice(at + 1);
	}),
	signed('as base64url', (signature) => signature.replaceAll('+', '-').replaceAll('/', '_')),
	signed('without its end', (signature) => signature.replace('=', '')),
	signed('in hex', (signature) => Buffer.from(signature, 'base64').toString('hex')),
	signed('in quotes', (signature) => `"${signature}"`),
	signed('with a scheme', (signature) => `sha1=${signature}`),
	signed('in a list', (signature, { random }) =>
		random.pick([`${signature},${signature}`, `x, ${signature}`, `${signature};`]),
	),
	signed('encoded', (signature) => encodeURIComponent(signature)),
	signed('in Latin-1', (signature) => `\u00a0${signature}`),
	signed('empty', () => ''),
	signed('missing', () => undefined),
	signed('a word', (_, { random }) =>
		random.pick(['undefined', 'null', 'true', '[object Object]', '0', '*', '{}', '%00']),
	),
	signed('guessed', (_, { random }) => randomBase64(random, 27) + '='),
	refused('signature in the query', (draft) => {
		draft.path += `${draft.path.includes('?') ? '&' : '?'}${SIGNATURE}=${encodeURIComponent(draft.signature ?? '')}`;
		draft.signature = undefined;
	}),
	refused('signature in the form', (draft) => {
		draft.fields.push([SIGNATURE, draft.signature ?? '']);
		draft.signature = undefined;
	}),
	refused('signature under another name', (draft, { random }) => {
		const name = random.pick(['Twilio-Signature', 'X-Twilio-Email-Signature', 'X-Signature']);
		draft.headers.push([name, draft.signature ?? '']);
		draft.signature = undefined;
	}),
	refused('two signatures', (draft, { random }) => {
		const wrong = randomBase64(random, 27) + '=';
		const both = [draft.signature ?? '', wrong];
		if (random.next() < 0.5) both.reverse();
		draft.headers.push(...both.map((one): [string, string] => [SIGNATURE, one]));
		draft.signature = undefined;
	}),
	refused('signed with SHA-256', (draft) => {
		const signedText = draft.form.url + sorted(draft.fields).flat().join('');
		draft.signature = createHmac('sha256', draft.form.token)
			.update(signedText)
			.digest('base64');
	}),
	refused('signed without the form', (draft) => {
		draft.signature = signatureOf(draft.form.token, draft.form.url, []);
	}),
	refused('the signature of another request', (draft, { genuine, random }) => {
		const { token, url, fields } = random.pick(genuine.forms);
		draft.signature = signatureOf(token, url, fields);
		if (url === draft.form.url && encodeForm(fields) === encodeForm(draft.fields)) return false;
	}),
	signedFor('with a token of somebody else', (_, { wrongTokens, random }) => ({
		token: random.pick(wrongTokens),
	})),
	signedFor('with a token nearly right', ({ form: { token } }, { random }) => ({
		token: random.pick([token.toUpperCase(), token.slice(1), `${token} `, token + token]),
	})),
	signedFor('for another address of this n8n', (_, { otherUrls, random }) => ({
		url: random.pick(otherUrls),
	})),
	signedFor('for another scheme', ({ form: { url } }) => ({
		url: url.replace('http:', 'https:'),
	})),
	signedFor('for another port', ({ form: { url } }, { random }) => ({
		url: url.replace(/:\d+\//, `:${random.between(1, 65_535)}/`),
	})),
	signedFor('for another host', ({ form: { url } }, { random }) => ({
		url: url.replace('127.0.0.1', random.pick(['evil.example.com', 'localhost', '127.0.0.2'])),
	})),
	signedFor('for another path', ({ form: { url } }, { random }) => ({
		url: random.pick([
			url.replace('/twilio', '/other'),
			url.replace('/twilio', '/twilio/'),
			url.replace('/webhook/', '/webhook-test/'),
			url.replace('/webhook/', '/Webhook/'),
			url.replace(/^http:\/\/[^/]+/, ''),
		]),
	})),
	signedFor('for another query', ({ form: { url } }, { random }) => ({
		url: random.pick([
			`${url}${url.includes('?') ? '&' : '?'}x=1`,
			`${url}?`,
			url.includes('?') ? url.replace(/\?.*/, '') : `${url}?step=dialed`,
		]),
	})),
];

// --------------------------------------------------------------------------------------- forms

const forms: Mutation[] = [
	refused('a value changed', (draft, { random }) => {
		const at = random.between(0, draft.fields.length - 1);
		const [name = '', value = ''] = draft.fields[at] ?? [];
		draft.fields[at] = [name, changedText(value, random)];
	}),
	refused('who it is from changed', (draft, { random }) => {
		set(draft, random.pick(['From', 'To', 'AccountSid', 'Body', 'CallStatus']), (value) =>
			changedText(value, random),
		);
	}),
	refused('an opt-out added', (draft, { random }) => {
		set(draft, random.pick(['OptOutType', 'SmsStatus', 'MessageStatus', 'ErrorUrl']), () =>
			random.pick(['STOP', 'START', 'delivered', 'http://127.0.0.1:9/']),
		);
	}),
	refused('a field added', (draft, { random }) => {
		insert(draft, random, [random.pick(ODD_NAMES), random.pick(['2', 'true', 'received'])]);
	}),
	refused('a name from the prototype', (draft, { random }) => {
		insert(draft, random, [random.pick(PROTOTYPE_NAMES), random.pick(['1', 'x', draft.path])]);
	}),
	refused('a field without a value', (draft, { random }) => {
		insert(draft, random, [random.pick(ODD_NAMES), '']);
	}),
	refused('a field removed', (draft, { random }) => {
		draft.fields.splice(random.between(0, draft.fields.length - 1), 1);
	}),
	refused('all fields removed', (draft) => {
		draft.fields = [];
	}),
	refused('a field renamed', (draft, { random }) => {
		const at = random.between(0, draft.fields.length - 1);
		const [name = '', value = ''] = draft.fields[at] ?? [];
		const renamed = random.pick([
			...[name.toLowerCase(), name.toUpperCase(), ` ${name}`, `${name}[]`, `${name}[0]`],
			...[`${name}[a]`, `x[${name}]`, `${name}\u0000`, `${name}.`],
		]);
		if (renamed === name) return false;
		draft.fields[at] = [renamed, value];
	}),
	refused('two values swapped', (draft, { random }) => {
		const [one, other] = [random.between(0, 20), random.between(0, 20)];
		const [first, second] = [draft.fields[one], draft.fields[other]];
		if (!first || !second || first[1] === second[1]) return false;
		draft.fields[one] = [first[0], second[1]];
		draft.fields[other] = [second[0], first[1]];
	}),
	refused('another order and a value changed', (draft, { random }) => {
		shuffle(draft.fields, random);
		const [name = '', value = ''] = draft.fields[0] ?? [];
		draft.fields[0] = [name, changedText(value, random)];
	}),
	refused('a field twice, with another value', (draft, { random }) => {
		const [name = '', value = ''] = random.pick(draft.fields);
		insert(draft, random, [name, changedText(value, random)]);
	}),
	refused('a field in the query', (draft, { random }) => {
		const [[name = '', value = ''] = []] = draft.fields.splice(
			random.between(0, draft.fields.length - 1),
			1,
		);
		draft.path += `${draft.path.includes('?') ? '&' : '?'}${encodeForm([[name, value]])}`;
	}),
	harmless('another order', (draft, { random }) => {
		shuffle(draft.fields, random);
	}),
	harmless('a field twice, with the same value', (draft, { random }) => {
		insert(draft, random, [...random.pick(draft.fields)]);
	}),
	harmless('a field without a name', (draft, { random }) => {
		draft.body = random.pick(['=&', '&', '&&&', '=&=&']) + encodeForm(draft.fields);
	}),
	harmless('another spelling', (draft, { random }) => {
		const plain = encodeForm(draft.fields);
		draft.body = random.pick([
			plain.replaceAll('+', '%20'),
			plain.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
			plain.replace(/[A-Za-z]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
		]);
	}),
	harmless('a charset that is another', (draft, { random }) => {
		draft.contentType = 'application/x-www-form-urlencoded; charset=utf-16le';
		draft.body = Buffer.from(encodeForm(draft.fields), random.pick(['latin1', 'utf16le']));
	}),
	harmless('a charset that does not matter', (draft, { random }) => {
		const charset = random.pick([
			'utf-8',
			'us-ascii',
			'UTF8',
			'x-none',
			'utf-7',
			'"utf-8"',
			'',
		]);
		draft.contentType = `application/x-www-form-urlencoded; charset=${charset}`;
	}),
];

// ---------------------------------------------------------------------------- kinds of requests

/** The same fields in a body of another kind. */
const typed = (type: string | undefined, bodyOf: (draft: Draft) => string | Buffer) =>
	refused(`as ${type ?? 'nothing'}`, (draft) => {
		draft.body = bodyOf(draft);
		draft.contentType = type;
	});

const asJson = ({ fields }: Draft) => JSON.stringify(Object.fromEntries(fields));

const kinds: Mutation[] = [
	typed('application/json', asJson),
	typed('application/json; charset=utf-8', ({ fields }) =>
		JSON.stringify({ body: Object.fromEntries(fields) }),
	),
	typed('application/json', ({ fields }) => JSON.stringify(fields)),
	typed('application/json', ({ fields }) =>
		JSON.stringify(fields.map(([name, value]) => ({ [name]: value }))),
	),
	typed('application/json', () => '{"__proto__":{"isSigned":true},"constructor":{"a":1}}'),
	typed('application/x-www-form-urlencoded-too', ({ fields }) => encodeForm(fields)),
	typed('text/plain', ({ fields }) => encodeForm(fields)),
	typed('application/octet-stream', ({ fields }) => encodeForm(fields)),
	typed(undefined, ({ fields }) => encodeForm(fields)),
	typed(
		'text/xml',
		({ fields }) => `<r>${fields.map(([name]) => `<${name}>1</${name}>`).join('')}</r>`,
	),
	typed('multipart/form-data; boundary=cut', ({ fields }) => multipart(fields, 'cut')),
	refused('multipart that calls itself a form', (draft) => {
		draft.body = multipart(draft.fields, 'cut');
	}),
	refused('JSON that calls itself a form', (draft) => {
		draft.body = asJson(draft);
	}),
	refused('a type in a list', (draft) => {
		draft.contentType = 'application/json, application/x-www-form-urlencoded';
		draft.body = asJson(draft);
	}),
	...['GET', 'PUT', 'PATCH', 'DELETE', 'HEAD'].map((method) =>
		refused(`by ${method}`, (draft, { random }) => {
			draft.method = method;
			if (random.next() < 0.5) return;
			draft.path += `${draft.path.includes('?') ? '&' : '?'}${encodeForm(draft.fields)}`;
			draft.fields = [];
			draft.contentType = undefined;
		}),
	),
	refused('by GET that calls itself a POST', (draft) => {
		draft.method = 'GET';
		draft.headers.push(['X-HTTP-Method-Override', 'POST'], ['X-HTTP-Method', 'POST']);
	}),
	// Of any browser that asks what it may; n8n answers it itself.
	harmless('by OPTIONS', (draft) => {
		draft.method = 'OPTIONS';
	}),
];

// ---------------------------------------------------------------------------- where it is sent

const places: Mutation[] = [
	refused('to another workflow', (draft, { otherUrls, random }) => {
		const { pathname } = new URL(random.pick(otherUrls));
		if (pathname === draft.path.replace(/\?.*/, '')) return false;
		draft.path = draft.path.replace(/^[^?]*/, pathname);
	}),
	refused('to another step', (draft, { random }) => {
		if (draft.form.what === 'text') return false;
		const query = new URLSearchParams(draft.path.replace(/^[^?]*\??/, ''));
		const before = query.toString();
		query.set('step', random.pick(['answered', 'screen', 'accept', 'dialed', 'recorded', '']));
		if (query.toString() === before) return false;
		draft.path = `${draft.path.replace(/\?.*/, '')}?${query.toString()}`;
	}),
	refused('to a step of another call', (draft, { random }) => {
		if (draft.form.what !== 'step') return false;
		const query = new URLSearchParams(draft.path.replace(/^[^?]*\?/, ''));
		const name = random.pick(['call', 'from', 'to', 'round', 'dial']);
		query.set(name, changedText(query.get(name) ?? '', random));
		draft.path = `${draft.path.replace(/\?.*/, '')}?${query.toString()}`;
	}),
	refused('to the steps in another order', (draft) => {
		if (draft.form.what !== 'step') return false;
		const [path = '', query = ''] = draft.path.split('?');
		draft.path = `${path}?${query.split('&').reverse().join('&')}`;
	}),
	refused('to a step named twice', (draft, { random }) => {
		const more = random.pick(['step=dialed', 'step[]=dialed', 'step[a]=dialed', '__proto__=1']);
		draft.path += `${draft.path.includes('?') ? '&' : '?'}${more}`;
	}),
	refused('with another query', (draft, { random }) => {
		const more = random.pick(['x=1', '%00', 'a[b]=c', '%', '\u00e9', '#rc=5', '?', '&&x']);
		draft.path += (draft.path.includes('?') ? '&' : '?') + more;
	}),
	// Twilio's own check spells a query anew before it gives up; it says the same.
	harmless('with a query that ends in nothing', (draft) => {
		draft.path += draft.path.includes('?') ? '&' : '?';
	}),
	harmless('by another way to the same path', (draft, { random }) => {
		const [path = '', query] = draft.path.split('?');
		const other = random.pick([
			...[`${path}/`, `/${path}`, path.replace('/twilio', '//twilio')],
			...[path.replace('/webhook/', '/webhook/./'), path.replace('/twilio', '/%74wilio')],
			...[path.replace('/webhook/', '/webhook/x/../'), path.replace('twilio', 'TWILIO')],
			...[path.replace('/webhook/', '/webhook-test/'), `${path};x=1`],
			...[path.replace('/twilio', '')],
		]);
		draft.path = query === undefined ? other : `${other}?${query}`;
	}),
	refused('for another host, which it names', (draft, { random }) => {
		const host = random.pick(['evil.example.com', 'localhost', '10.0.0.1:5678']);
		const url = draft.form.url.replace(/^http:\/\/[^/]+/, `http://${host}`);
		draft.signature = signatureOf(draft.form.token, url, draft.fields);
		draft.headers.push(...named(host, random));
	}),
	refused('for https, as it says', (draft, { random }) => {
		const url = draft.form.url.replace('http:', 'https:');
		draft.signature = signatureOf(draft.form.token, url, draft.fields);
		draft.headers.push(...named(new URL(url).host, random));
	}),
	harmless('with headers about where it comes from', (draft, { random }) => {
		draft.headers.push(...named('evil.example.com', random));
	}),
	harmless('with headers of all kinds', (draft, { random }) => {
		draft.headers.push(
			random.pick<[string, string]>([
				['Cookie', 'n8n-auth=eyJhbGciOiJub25lIn0.e30.'],
				['Authorization', 'Basic eDp5'],
				['X-N8N-API-KEY', 'x'],
				['Origin', 'https://evil.example.com'],
				['X-Forwarded-For', "127.0.0.1, ' OR 1=1 --"],
				['Accept', '*/*;q=\u00e9'],
				['Range', 'bytes=0-1'],
				['If-None-Match', '*'],
				['I-Twilio-Idempotency-Token', '__proto__'],
				['__proto__', 'x'],
				['X-Long', 'x'.repeat(8_000)],
			]),
		);
	}),
	harmless('once more', () => {}),
];

// ------------------------------------------------------------------------------ forms cut anew

/**
 * Twilio signs names and values in a row: the same row may be cut into other fields. Where that
 * changes who or what it is about it must be refused.
 */
const recuts: Mutation[] = [
	harmless('cut anew', (draft, { random }) => {
		const before = sorted(draft.fields);
		for (let attempt = 0; attempt < 40; attempt++) {
			const after = cutAnew(before, random);
			if (after === undefined) continue;
			if (signatureOf(draft.form.token, draft.form.url, after) !== draft.signature) continue;
			draft.fields = after;
			return identity(after) === identity(before) ? 'harmless' : 'refused';
		}
		return false;
	}),
	refused('cut anew between query and form', (draft, { random }) => {
		const { url, token } = draft.form;
		if (draft.form.what !== 'step') return false;
		const start = url.indexOf('?') + 1;
		const cut = random.between(start, url.length - 1);
		const [short, rest] = [url.slice(0, cut), url.slice(cut)];
		const split = random.between(1, rest.length);
		const moved: [string, string] = [rest.slice(0, split), rest.slice(split)];
		const fields = [moved, ...draft.fields];
		if (signatureOf(token, short, fields) !== draft.signature) return false;
		draft.fields = fields;
		const { pathname, search } = new URL(short);
		if (pathname + search !== short.replace(/^http:\/\/[^/]+/, '')) return false;
		draft.path = pathname + search;
	}),
];

function cutAnew(
	fields: ReadonlyArray<[string, string]>,
	random: SeededRandom,
): Array<[string, string]> | undefined {
	const at = random.between(0, fields.length - 1);
	const [name, value] = fields[at] ?? ['', ''];
	const next = fields[at + 1];
	const before = fields.slice(0, at);
	const after = fields.slice(at + 1);
	switch (random.between(0, 3)) {
		case 0: // A value swallows the next fields.
			if (next === undefined) return undefined;
			return [...before, [name, value + next.join('')], ...fields.slice(at + 2)];
		case 1: {
			// A name swallows the beginning of its value.
			const cut = random.between(1, value.length);
			return [...before, [name + value.slice(0, cut), value.slice(cut)], ...after];
		}
		case 2: {
			// A value gets the end of its name: "FromCity" becomes a second "From", which comes first.
			const cut = random.between(1, name.length - 1);
			return [[name.slice(0, cut), name.slice(cut) + value], ...before, ...after];
		}
		default: {
			// A value is cut into two fields.
			const cut = random.between(0, value.length);
			const split = random.between(cut, value.length);
			const second: [string, string] = [value.slice(cut, split), value.slice(split)];
			return [...before, [name, value.slice(0, cut)], second, ...after];
		}
	}
}

/** Of a repeated field the first value counts, and of a message's SIDs the first that is there. */
function identity(fields: ReadonlyArray<[string, string]>): string {
	const first = (name: string) => fields.find(([known]) => known === name)?.[1];
	const message = first('MessageSid') ?? first('SmsMessageSid') ?? first('SmsSid');
	return JSON.stringify([message, ...IDENTITY.map(first)]);
}

// ------------------------------------------------------------------------------------- reports

type ReportChange = (
	report: { headers: Array<[string, string]>; body: Record<string, unknown>; raw?: string },
	secret: string,
	forger: Forger,
) => void;

/** Of another call each, so that one that is believed begins a run. */
const reports: Array<[string, ReportChange]> = [
	['without a secret', () => {}],
	['with an empty secret', (report) => void report.headers.push(['Authorization', 'Bearer '])],
	[
		'with a secret nearly right',
		({ headers }, secret, { random }) =>
			void headers.push([
				random.pick(['Authorization', 'X-Webhook-Secret', 'X-Vapi-Secret']),
				random.pick([
					...[secret.slice(1), secret.slice(0, -1), `${secret}x`, secret.toUpperCase()],
					...[`Bearer ${secret}x`, `Basic ${secret}`, `bearer${secret}`, `"${secret}"`],
					...[encodeURIComponent(secret), Buffer.from(secret).toString('base64')],
				]),
			]),
	],
	[
		'with a secret of somebody else',
		({ headers }, _, { wrongTokens, random }) =>
			void headers.push(['Authorization', `Bearer ${random.pick(wrongTokens)}`]),
	],
	[
		'with the secret in a list',
		({ headers }, secret) =>
			void headers.push(['X-Webhook-Secret', 'x'], ['X-Webhook-Secret', secret]),
	],
	[
		'with the secret elsewhere',
		(report, secret, { random }) => {
			if (random.next() < 0.5) report.body['secret'] = secret;
			else report.headers.push(['Cookie', `secret=${encodeURIComponent(secret)}`]);
		},
	],
	[
		'signed as Retell does, for something else',
		(report, secret, { random }) => {
			const at = random.pick([Date.now(), Date.now() - 600_000, Date.now() + 600_000, 0]);
			const body = JSON.stringify(report.body);
			const [key, text] = random.pick([
				[`${secret}x`, `${body}${at}`],
				[secret, `${body} ${at}`],
				[secret, `${at}`],
				['', `${body}${at}`],
			]);
			const digest = createHmac('sha256', key ?? '')
				.update(text ?? '')
				.digest('hex');
			report.headers.push(['X-Retell-Signature', `v=${at},d=${digest}`]);
		},
	],
	[
		'signed as Retell does, long ago',
		(report, secret) => {
			const at = Date.now() - 3_600_000;
			const text = `${JSON.stringify(report.body)}${at}`;
			const digest = createHmac('sha256', secret).update(text).digest('hex');
			report.headers.push(['X-Retell-Signature', `v=${at},d=${digest}`]);
		},
	],
	[
		'with the prototype in it',
		(report) => {
			report.raw = JSON.stringify(report.body).replace('{', '{"__proto__":{"secret":""},');
		},
	],
	['that is no JSON', (report) => void (report.raw = '{"call_id":')],
	['that is a list', (report) => void (report.raw = JSON.stringify([report.body]))],
];

// ------------------------------------------------------------------------------------ all of it

const CHANGES: Mutation[] = [signatures, forms, kinds, places, recuts].flat();

/** Endless; the same for the same seed. */
export function* attacks(forger: Forger): Generator<Attack> {
	for (;;) {
		for (const mutation of CHANGES) {
			const attack = mutated(mutation, forger);
			if (attack) yield attack;
		}
		for (const [name, change] of reports) yield forgedReport(name, change, forger);
		for (let count = 0; count < 5; count++) yield fromScratch(forger);
	}
}

function mutated({ name, deserves, change }: Mutation, forger: Forger): Attack | undefined {
	const { genuine, random } = forger;
	for (let attempt = 0; attempt < 20; attempt++) {
		const captured = random.pick(genuine.forms);
		// Half of them tell of something new: let in, it would begin a run.
		const isNew = deserves === 'refused' && !recuts.some((one) => one.name === name);
		const form = isNew && random.next() < 0.5 ? ofSomethingNew(captured, random) : captured;
		const { pathname, search } = new URL(form.url);
		const draft: Draft = {
			method: 'POST',
			path: pathname + search,
			fields: form.fields.map((field) => [...field]),
			signature: signatureOf(form.token, form.url, form.fields),
			contentType: FORM_TYPE,
			headers: [],
			form,
		};
		const verdict = change(draft, forger);
		if (verdict === false) continue;
		return { name, deserves: verdict ?? deserves, request: requestOf(draft) };
	}
	return undefined;
}

/** As Twilio would send it of another message or call: nobody has seen its signature. */
function ofSomethingNew(form: GenuineForm, random: SeededRandom): GenuineForm {
	const hex = Array.from({ length: 32 }, () => random.between(0, 15).toString(16)).join('');
	const fields = form.fields.map(([name, value]): [string, string] => {
		if (/^(?:MessageSid|SmsMessageSid|SmsSid)$/.test(name)) return [name, `SM${hex}`];
		return name === 'CallSid' ? [name, `CA${hex}`] : [name, value];
	});
	return { ...form, fields };
}

function requestOf(draft: Draft): RawRequest {
	const { method, path, signature, contentType, body, headers, fields } = draft;
	return {
		method,
		path: encodeURI(path).replaceAll('%25', '%').replaceAll('#', '%23'),
		headers: [
			...(contentType === undefined
				? []
				: [['Content-Type', contentType] satisfies [string, string]]),
			...(signature === undefined ? [] : [[SIGNATURE, signature] satisfies [string, string]]),
			...headers,
		],
		body: Buffer.from(body ?? encodeForm(fields)),
	};
}

function forgedReport(name: string, change: ReportChange, forger: Forger): Attack {
	const { genuine, random } = forger;
	const { url, body, secret } = random.pick(genuine.reports);
	const report: Parameters<ReportChange>[0] = {
		headers: [['Content-Type', 'application/json']],
		body: {
			...body,
			call_id: randomBase64(random, 12),
			from: `+1415558${random.between(1_000, 9_999)}`,
		},
	};
	change(report, secret, forger);
	return {
		name: `a report ${name}`,
		deserves: 'refused',
		request: {
			method: 'POST',
			path: new URL(url).pathname,
			headers: report.headers,
			body: Buffer.from(report.raw ?? JSON.stringify(report.body)),
		},
	};
}

function fromScratch({ genuine, otherUrls, random }: Forger): Attack {
	const { pathname } = new URL(
		random.pick([...otherUrls, `http://h/webhook/${randomUUID()}/twilio`]),
	);
	const values = genuine.forms.flatMap(({ fields }) => fields.map(([, value]) => value));
	const names = genuine.forms.flatMap(({ fields }) => fields.map(([name]) => name));
	const fields = Array.from({ length: random.between(0, 30) }, (): [string, string] => [
		random.pick([...names, ...ODD_NAMES, ...PROTOTYPE_NAMES]),
		random.pick([...values, randomBase64(random, random.between(0, 200))]),
	]);
	// Of XML that is none, n8n itself sometimes never tells; well-formed XML is sent above.
	const types = [FORM_TYPE, 'application/json', 'text/plain', 'multipart/form-data'];
	return {
		name: 'made from nothing',
		deserves: 'refused',
		request: {
			method: random.pick(['POST', 'POST', 'POST', 'GET', 'PUT']),
			path:
				pathname + random.pick(['', '', '?step=dialed', '?a=b', '?step=recorded&call=CA1']),
			headers: [
				['Content-Type', random.pick(types)],
				[SIGNATURE, `${randomBase64(random, 27)}=`],
			],
			body: Buffer.from(
				random.pick([encodeForm(fields), JSON.stringify(Object.fromEntries(fields)), '']),
			),
		},
	};
}

// --------------------------------------------------------------------------------------- pieces

const ODD_NAMES = [
	'x',
	'Body ',
	'body',
	'isTest',
	'Digits',
	'RecordingUrl',
	'MediaUrl0',
	'a[b]',
	'0',
];
const PROTOTYPE_NAMES = [
	...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'],
	...['__proto__[AccountSid]', 'constructor[prototype][x]', '__defineGetter__'],
];

function named(host: string, random: SeededRandom): Array<[string, string]> {
	const all: Array<[string, string]> = [
		['Host', host],
		['X-Forwarded-Host', host],
		['X-Forwarded-Proto', 'https'],
		['X-Forwarded-Port', '443'],
		['X-Forwarded-For', '10.0.0.1'],
		['Forwarded', `host=${host};proto=https`],
		['X-Original-URL', `https://${host}/`],
		['X-Rewrite-URL', '/webhook/x'],
		['X-Host', host],
	];
	return random.next() < 0.5 ? all : [random.pick(all)];
}

function changedText(text: string, random: SeededRandom): string {
	const at = random.between(0, text.length);
	return random.pick([
		`${text}x`,
		`${text.slice(0, at)}${random.between(0, 9)}${text.slice(at)}`,
		`${text} `,
		`${text}\u0000`,
		`${text}\u200b`,
		`${text}\u00e9`,
		`[${text}]`,
	]);
}

function set(draft: Draft, name: string, make: (value: string) => string): void {
	const at = draft.fields.findIndex(([known]) => known === name);
	if (at < 0) draft.fields.push([name, make('')]);
	else draft.fields[at] = [name, make(draft.fields[at]?.[1] ?? '')];
}

function insert(draft: Draft, random: SeededRandom, field: [string, string]): void {
	draft.fields.splice(random.between(0, draft.fields.length), 0, field);
}

function shuffle<T>(list: T[], random: SeededRandom): void {
	for (let at = list.length - 1; at > 0; at--) {
		const other = random.between(0, at);
		[list[at], list[other]] = [list[other] as T, list[at] as T];
	}
}

function sorted(fields: ReadonlyArray<[string, string]>): Array<[string, string]> {
	return [...fields].sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
}

function randomBase64(random: SeededRandom, length: number): string {
	return Array.from({ length }, () => BASE64.charAt(random.between(0, 63))).join('');
}

function multipart(fields: ReadonlyArray<[string, string]>, boundary: string): string {
	const parts = fields.map(
		([name, value]) =>
			`--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
	);
	return `${parts.join('')}--${boundary}--\r\n`;
}
