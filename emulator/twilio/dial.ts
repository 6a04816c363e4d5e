import { endLeg, newLeg, type CallLeg } from './call-leg';
import type { CallPeople } from './call-people';
import type { CallRequests } from './call-requests';
import type { ContactCall, PhoneBehaviour } from './contact-call';
import { childrenOf, textOf } from './voice-verbs';
import type { XmlElement } from './xml';

export interface DialOutcome {
	readonly rang: string[];
	/** Those that rang on are not over yet. */
	readonly legs: CallLeg[];
	connectedTo: string | null;
	/** Before anybody was connected. */
	callerHungUp: boolean;
	readonly heardByPhones: string[];
	/** The fields of the action's request. */
	fields: Record<string, string>;
}

const UNANSWERED: Partial<Record<PhoneBehaviour, string>> = {
	rejects: 'busy',
	'rings out': 'no-answer',
	unreachable: 'failed',
};

/** Twilio's own defaults, in seconds. */
const RING_SECONDS = 30;
const KEY_SECONDS = 5;

/**
 * Rings the phones of a <Dial>. Who picks up is asked by its <Number url>, if there is one, and
 * connected where that ends without hanging up; the others go on ringing until then.
 */
export async function dialPhones(
	requests: CallRequests,
	caller: CallLeg,
	dial: XmlElement,
	call: ContactCall,
	people: CallPeople,
	log: (leg: CallLeg) => void,
): Promise<DialOutcome> {
	const shown = dial.attributes['callerId'] ?? caller.from;
	const nouns = childrenOf(dial);
	// <Dial>+1415...</Dial> is short for one <Number>.
	const legs = (nouns.length > 0 ? nouns : [{ ...dial, attributes: {} }]).map((noun) => ({
		noun,
		leg: newLeg({
			parentSid: caller.sid,
			from: shown,
			to: textOf(noun),
			startedAt: caller.startedAt,
		}),
	}));
	for (const { leg } of legs) log(leg);
	const outcome: DialOutcome = {
		rang: legs.map(({ leg }) => leg.to),
		legs: legs.map(({ leg }) => leg),
		connectedTo: null,
		callerHungUp: false,
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

	const seconds = Number(dial.attributes['timeout'] ?? RING_SECONDS);
	const ringing = [...legs];
	let status = 'no-answer';
	while (ringing.length > 0) {
		const phones = ringing.map(({ leg }) => leg.to);
		const deed = await people.whileRinging({ phones, shownAs: shown, seconds });
		if (deed === null) {
			outcome.callerHungUp = true;
			return end('canceled', legs[0]?.leg, false);
		}
		const [rung] = ringing.splice(phones.indexOf(deed.phone), 1);
		const unanswered = UNANSWERED[deed.does];
		if (!rung || unanswered !== undefined) {
			status = unanswered ?? status;
			if (rung) endLeg(rung.leg, status);
			continue;
		}
		const { noun, leg } = rung;
		leg.status = 'in-progress';
		await tellAnswered(requests, noun, leg);
		const screened = await screen(requests, noun, leg, people, outcome);
		if (screened === 'accepted') {
			outcome.connectedTo = leg.to;
			return end('completed', leg, true);
		}
		endLeg(leg, 'completed');
		status = call.unconnectedStatus ?? 'completed';
		outcome.callerHungUp = screened === 'caller hung up';
		if (outcome.callerHungUp) return end(status, leg, false);
	}
	return end(status, legs.at(-1)?.leg, false);
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
async function screen(
	requests: CallRequests,
	{ attributes }: XmlElement,
	leg: CallLeg,
	people: CallPeople,
	{ heardByPhones }: DialOutcome,
): Promise<'accepted' | 'declined' | 'caller hung up'> {
	const url = attributes['url'];
	if (url === undefined) return 'accepted';
	const say = (words: string): void => {
		heardByPhones.push(words);
		people.phoneHears(leg.to, words);
	};
	let verbs = await requests.ask({ url, method: attributes['method'] ?? 'POST' }, leg);
	for (let at = 0; at < verbs.length; at += 1) {
		const verb = verbs[at];
		if (verb === undefined || verb.name === 'Hangup') return 'declined';
		if (verb.name === 'Say') say(textOf(verb));
		if (verb.name !== 'Gather') continue;
		for (const child of childrenOf(verb)) say(textOf(child));
		const seconds = Number(verb.attributes['timeout'] ?? KEY_SECONDS);
		const press = await people.pressesKey(leg.to, seconds);
		if (press.kind === 'nothing') continue;
		if (press.kind === 'hangsUp') {
			return press.who === 'caller' ? 'caller hung up' : 'declined';
		}
		const action = { url: verb.attributes['action'] ?? url, method: 'POST' };
		verbs = await requests.ask(action, leg, {
			Digits: press.key,
			msg: 'Gather End',
		});
		at = -1;
	}
	return 'accepted';
}
