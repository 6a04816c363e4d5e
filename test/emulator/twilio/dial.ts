import { newLeg, type CallLeg } from './call-leg';
import type { CallRequests } from './call-requests';
import type { ContactCall, PhoneBehaviour } from './contact-call';
import { childrenOf, textOf } from './voice-verbs';
import type { XmlElement } from './xml';

export interface DialOutcome {
	readonly rang: string[];
	connectedTo: string | null;
	readonly heardByPhones: string[];
	/** The fields of the action's request. */
	fields: Record<string, string>;
}

const UNANSWERED: Partial<Record<PhoneBehaviour, string>> = {
	rejects: 'busy',
	'rings out': 'no-answer',
	unreachable: 'failed',
};

/**
 * Rings the phones of a <Dial>. Who picks up is asked by its <Number url>, if there is one, and
 * connected where that ends without hanging up; the others go on ringing until then.
 */
export async function dialPhones(
	requests: CallRequests,
	caller: CallLeg,
	dial: XmlElement,
	call: ContactCall,
): Promise<DialOutcome> {
	const shown = dial.attributes['callerId'] ?? caller.from;
	const legs = childrenOf(dial).map((noun) => ({
		noun,
		leg: newLeg({ parentSid: caller.sid, from: shown, to: textOf(noun) }),
	}));
	const outcome: DialOutcome = {
		rang: legs.map(({ leg }) => leg.to),
		connectedTo: null,
		heardByPhones: [],
		fields: {},
	};
	const end = (status: string, leg: CallLeg | undefined, bridged: boolean): DialOutcome => {
		outcome.fields = {
			DialCallStatus: status,
			...(leg ? { DialCallSid: leg.sid } : {}),
			...(status === 'completed' ? { DialCallDuration: bridged ? '42' : '6' } : {}),
			...((call.saysBridged ?? true) ? { DialBridged: String(bridged) } : {}),
		};
		return outcome;
	};

	if (call.hangsUp === 'while it rings') return end('canceled', legs[0]?.leg, false);
	let status = 'no-answer';
	for (const { noun, leg } of legs) {
		const behaviour = behaviourOf(call, leg.to);
		const unanswered = UNANSWERED[behaviour];
		if (unanswered !== undefined) {
			status = unanswered;
			continue;
		}
		leg.status = 'in-progress';
		await tellAnswered(requests, noun, leg);
		if (await isAccepted(requests, noun, leg, behaviour, call, outcome)) {
			outcome.connectedTo = leg.to;
			return end('completed', leg, true);
		}
		status = call.unconnectedStatus ?? 'completed';
	}
	return end(status, legs.at(-1)?.leg, false);
}

function behaviourOf({ owner = 'rings out' }: ContactCall, phone: string): PhoneBehaviour {
	if (typeof owner === 'string') return owner;
	const behaviour = owner[phone];
	if (behaviour === undefined) throw new Error(`Nobody said what ${phone} does when it rings`);
	return behaviour;
}

async function tellAnswered(
	requests: CallRequests,
	{ attributes }: XmlElement,
	leg: CallLeg,
): Promise<void> {
	const url = attributes['statusCallback'];
	const events = (attributes['statusCallbackEvent'] ?? 'completed').split(' ');
	if (url === undefined || !events.includes('answered')) return;
	const method = attributes['statusCallbackMethod'] ?? 'POST';
	await requests.tell(url, method, leg, { SequenceNumber: '0' });
}

/** Runs what a phone is told before it is connected. */
async function isAccepted(
	requests: CallRequests,
	{ attributes }: XmlElement,
	leg: CallLeg,
	behaviour: PhoneBehaviour,
	{ pressesKey = '1' }: ContactCall,
	{ heardByPhones }: DialOutcome,
): Promise<boolean> {
	const url = attributes['url'];
	if (url === undefined) return true;
	let verbs = await requests.ask({ url, method: attributes['method'] ?? 'POST' }, leg);
	for (let at = 0; at < verbs.length; at += 1) {
		const verb = verbs[at];
		if (verb === undefined || verb.name === 'Hangup') return false;
		if (verb.name === 'Say') heardByPhones.push(textOf(verb));
		if (verb.name !== 'Gather') continue;
		heardByPhones.push(...childrenOf(verb).map(textOf));
		if (behaviour === 'voicemail' || pressesKey === null) continue;
		const action = { url: verb.attributes['action'] ?? url, method: 'POST' };
		verbs = await requests.ask(action, leg, { Digits: pressesKey });
		at = -1;
	}
	return true;
}
