import type { XmlElement } from './xml';

/** The verbs and nouns that this emulator speaks, with the attributes it knows of each. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
	Say: ['language', 'voice', 'loop'],
	Pause: ['length'],
	Hangup: [],
	Redirect: ['method'],
	Dial: ['timeout', 'answerOnBridge', 'action', 'method', 'callerId'],
	Number: ['url', 'method', 'statusCallback', 'statusCallbackEvent', 'statusCallbackMethod'],
	Gather: ['input', 'numDigits', 'timeout', 'action', 'method'],
	Record: [
		'maxLength',
		'playBeep',
		'action',
		'method',
		'timeout',
		'recordingStatusCallback',
		'recordingStatusCallbackEvent',
		'recordingStatusCallbackMethod',
	],
};

/** What may stand in what. Twilio does not let a phone that was dialled dial on. */
const INSIDE: Readonly<Record<string, readonly string[]>> = {
	Dial: ['Number'],
	Gather: ['Say', 'Pause'],
};
const BY_CALLER = ['Say', 'Pause', 'Hangup', 'Redirect', 'Dial', 'Record'];
const BY_PHONE = ['Say', 'Pause', 'Hangup', 'Redirect', 'Gather'];

/** Throws on anything the emulator does not speak: then it, or the answer, has to be mended. */
export function checkVerbs(verbs: readonly XmlElement[], leg: 'caller' | 'phone'): void {
	for (const verb of verbs) check(verb, leg === 'caller' ? BY_CALLER : BY_PHONE);
}

export function childrenOf(element: XmlElement): XmlElement[] {
	return element.children.filter((node) => typeof node !== 'string');
}

export function textOf(element: XmlElement): string {
	return element.children
		.filter((node) => typeof node === 'string')
		.join('')
		.trim();
}

function check(element: XmlElement, allowed: readonly string[]): void {
	const { name } = element;
	if (!allowed.includes(name)) throw new Error(`<${name}> is not understood here`);
	const attributes = KNOWN[name] ?? [];
	const stray = Object.keys(element.attributes).find((one) => !attributes.includes(one));
	if (stray !== undefined) throw new Error(`<${name} ${stray}> is not understood here`);
	for (const child of childrenOf(element)) check(child, INSIDE[name] ?? []);
}
