import type { Clock } from '../messaging/clock';
import { reasonWithFix } from '../messaging/reason-of';
import type { ClaimLedger } from '../threads/claim-ledger';
import { connectTwiml } from '../twilio/voice/call-twiml';
import { hasEnded, outcomeOf, type CallForm, type CallStep } from '../twilio/voice/call-webhook';
import {
	askForKey,
	hangUp,
	ring,
	sayGoodbye,
	takeVoicemail,
	type Answering,
	type CallSoFar,
	type RingingSettings,
} from './call-answers';
import { hasReached, reachMilestone, type CallMilestone } from './call-milestones';
import type { MissedCall } from './missed-call';

/** What the flow of a call needs of the world around it. */
export interface CallFlowPorts extends Answering {
	/** Whether Twilio tells us that a call has ended: not where another app has the status callback. */
	isToldOfTheEnd: () => boolean;
	/** Not called before it is needed: a call must ring whether or not the store answers. */
	openClaims: () => Promise<ClaimLedger>;
	clock: Clock;
	/** Logs. `kind` keeps lines of one kind apart from the others. */
	warn: (kind: string, what: string) => void;
}

/** What Twilio gets at once, and what follows in its own time. */
export interface CallReply {
	/** Undefined for a request that wants no TwiML. */
	twiml?: string;
	/**
	 * To be called when Twilio has its answer. Resolves to the missed call that is to be looked
	 * into, to nothing for most requests. Several requests may tell of one call.
	 */
	after: () => Promise<MissedCall | undefined>;
}

/** Where a call stands when Twilio asks. */
type Moment =
	| 'comesIn'
	| 'comesInUnwatched'
	| 'hasEnded'
	| 'phonePickedUp'
	| 'phoneIsScreened'
	| 'phonePressedKey'
	| 'phonePressedNone'
	| 'somebodyAnswered'
	| 'nextPhoneRings'
	| 'callerHungUp'
	| 'nobodyAnswered'
	| 'voicemailBegins'
	| 'callerSpoke'
	| 'callerKeptSilent'
	| 'recordingIsReady';

interface Standing {
	moment: Moment;
	call: CallSoFar;
}

/** What is done at a moment of a call: what Twilio is answered comes first, unless it says otherwise. */
interface Step {
	/** Without it the request wants no TwiML. */
	twiml?: (answering: Answering, call: CallSoFar) => string;
	/** What is written down of the call. */
	reached?: CallMilestone;
	/** Written down before Twilio is answered, so that no later request comes too early for it. */
	isReachedFirst?: true;
	/** A missed call comes out. */
	missed?: {
		/** When all that could tell otherwise has come. At once where it does not say. */
		afterMs?: (settings: RingingSettings) => number;
		/** Unless the call has reached one of these by then. */
		unless?: CallMilestone[];
		/** How the ringing ended, where it is not Twilio that says so. */
		status?: { rung: string; stillRinging: string };
	};
}

/** What Twilio still tells of a call that has ended comes within moments; in milliseconds. */
const GRACE_MS = 5_000;
/** Asking a phone for a key, and Twilio's own steps, take a little longer than it rings; per round. */
const ROUND_MS = 20_000;
/** The greeting, the tone and a silence before the caller speaks; in milliseconds. */
const GREETING_MS = 60_000;
/** How long Twilio may take to store a recording after the caller has spoken; in milliseconds. */
const RECORDING_MS = 30_000;

/** How long after its end a call may still be decided on, at most; in milliseconds. */
export function longestWait({ rounds, ringSeconds, voicemail }: RingingSettings): number {
	const spoken = voicemail ? GREETING_MS + voicemail.maxSeconds * 1_000 : 0;
	return rounds.length * (ringSeconds * 1_000 + ROUND_MS) + spoken + RECORDING_MS;
}

const HUNG_UP = { rung: 'no-answer', stillRinging: 'canceled' };

const FLOW: Record<Moment, Step> = {
	comesIn: { twiml: ring },
	// Where nobody tells us that the caller hung up while it rang, it counts when all has rung.
	comesInUnwatched: {
		twiml: ring,
		missed: {
			afterMs: ({ rounds, ringSeconds }) => rounds.length * (ringSeconds * 1_000 + ROUND_MS),
			unless: ['answered', 'rung'],
			status: HUNG_UP,
		},
	},
	// A caller who hangs up while it rings: whether Twilio then asks the Dial's action is not
	// certain, but it tells the number's status callback, which never says whether anybody answered.
	hasEnded: {
		missed: {
			afterMs: () => GRACE_MS,
			// Whoever has the recording starts the run with it.
			unless: ['answered', 'recorded'],
			status: HUNG_UP,
		},
	},
	phonePickedUp: { reached: 'answered' },
	phoneIsScreened: { twiml: askForKey },
	phonePressedNone: { twiml: hangUp },
	phonePressedKey: { reached: 'answered', isReachedFirst: true, twiml: connectTwiml },
	somebodyAnswered: { twiml: hangUp, reached: 'answered' },
	nextPhoneRings: { twiml: ring },
	callerHungUp: { twiml: hangUp, reached: 'rung', missed: {} },
	nobodyAnswered: { twiml: sayGoodbye, reached: 'rung', missed: {} },
	// Most callers who leave no message hang up, and of that only the status callback tells. Where
	// we do not have it, or it is lost, the call counts when no message can come any more.
	voicemailBegins: {
		twiml: takeVoicemail,
		reached: 'rung',
		missed: {
			afterMs: ({ voicemail }) => GREETING_MS + (voicemail?.maxSeconds ?? 0) * 1_000,
			unless: ['recorded'],
		},
	},
	// The recording's own request tells when it can be fetched; this is in case it is lost.
	callerSpoke: {
		twiml: hangUp,
		reached: 'recorded',
		missed: { afterMs: () => RECORDING_MS },
	},
	callerKeptSilent: { twiml: hangUp, missed: {} },
	recordingIsReady: { missed: {} },
};

/**
 * What one of Twilio's requests about a call is answered, and what comes of it. Rejects only where
 * no answer could be given: a store that is down keeps nobody on the phone waiting.
 *
 * @param step what the request's URL says; undefined for the number's own requests.
 */
export async function followCall(
	ports: CallFlowPorts,
	step: CallStep | undefined,
	form: CallForm,
): Promise<CallReply> {
	const standing = step ? await atStep(ports, step, form) : atTheNumber(ports, form);
	const { moment, call } = standing;
	const { twiml, isReachedFirst, reached, missed } = FLOW[moment];
	if (reached !== undefined && isReachedFirst) {
		await unlessStoreFails(ports, async () => await reach(ports, call, reached));
	}
	return {
		...(twiml === undefined ? {} : { twiml: twiml(ports, call) }),
		after: async () => {
			if (reached !== undefined && !isReachedFirst) await reach(ports, call, reached);
			return missed && (await missedCallOf(ports, call, missed));
		},
	};
}

/** The number's own requests: a call comes in, or has ended. Both have the same URL. */
function atTheNumber(ports: CallFlowPorts, form: CallForm): Standing {
	const { callSid, from: caller, to: called } = form;
	const call = { callSid, caller, called, round: 0, dialCallStatus: '', recording: undefined };
	if (hasEnded(form)) return { moment: 'hasEnded', call };
	if (ports.settings.rounds.length === 0) return { moment: unanswered(ports), call };
	return { moment: ports.isToldOfTheEnd() ? 'comesIn' : 'comesInUnwatched', call };
}

/** The requests that our own TwiML has asked for. */
async function atStep(ports: CallFlowPorts, step: CallStep, form: CallForm): Promise<Standing> {
	const { name, ...before } = step;
	const call = { ...before, recording: undefined };
	switch (name) {
		case 'answered':
			return { moment: 'phonePickedUp', call };
		case 'screen':
			return { moment: 'phoneIsScreened', call };
		case 'accept':
			return { moment: form.digits === '' ? 'phonePressedNone' : 'phonePressedKey', call };
		case 'dialed':
			return await afterRinging(ports, call, form);
		case 'recorded':
			return { moment: 'callerSpoke', call: { ...call, recording: form.recording } };
		case 'unrecorded':
			return { moment: 'callerKeptSilent', call };
		case 'recording':
			return { moment: 'recordingIsReady', call: { ...call, recording: form.recording } };
	}
}

/** Nothing rings any more: somebody answered, or the next phone's turn has come, or nobody's. */
async function afterRinging(
	ports: CallFlowPorts,
	before: CallSoFar,
	form: CallForm,
): Promise<Standing> {
	const { acceptByKey, rounds } = ports.settings;
	const accepted =
		acceptByKey &&
		(await unlessStoreFails(ports, async () => await hasAnswered(ports, before)));
	const outcome = outcomeOf(form, { asked: acceptByKey, accepted: accepted === true });
	if (outcome.answered) return { moment: 'somebodyAnswered', call: before };
	const { dialCallStatus } = outcome;
	const call = { ...before, round: before.round + 1, dialCallStatus };
	if (hasEnded(form)) return { moment: 'callerHungUp', call };
	return { moment: rounds[call.round] ? 'nextPhoneRings' : unanswered(ports), call };
}

function unanswered({ settings: { voicemail } }: CallFlowPorts): Moment {
	return voicemail === undefined ? 'nobodyAnswered' : 'voicemailBegins';
}

async function missedCallOf(
	ports: CallFlowPorts,
	call: CallSoFar,
	{ afterMs, unless = [], status }: NonNullable<Step['missed']>,
): Promise<MissedCall | undefined> {
	const { settings, clock, openClaims } = ports;
	if (afterMs !== undefined) await clock.sleep(afterMs(settings));
	const { callSid, caller, called, round, recording } = call;
	const rang = settings.rounds.slice(0, Math.max(round, 1)).flat();
	const missed = { callSid, caller, called, rang, recording };
	if (unless.length === 0) return { ...missed, dialCallStatus: call.dialCallStatus };

	const claims = await openClaims();
	const has = async (milestone: CallMilestone) =>
		await hasReached({ claims, clock }, callSid, milestone);
	for (const milestone of unless) if (await has(milestone)) return undefined;
	if (status === undefined) return { ...missed, dialCallStatus: call.dialCallStatus };
	return { ...missed, dialCallStatus: (await has('rung')) ? status.rung : status.stillRinging };
}

async function reach(
	{ openClaims, clock }: CallFlowPorts,
	{ callSid }: CallSoFar,
	milestone: CallMilestone,
): Promise<void> {
	await reachMilestone({ claims: await openClaims(), clock }, callSid, milestone);
}

async function hasAnswered(
	{ openClaims, clock }: CallFlowPorts,
	{ callSid }: CallSoFar,
): Promise<boolean> {
	return await hasReached({ claims: await openClaims(), clock }, callSid, 'answered');
}

/** People on the phone do not wait for a store that is down. */
async function unlessStoreFails<T>(
	{ warn }: CallFlowPorts,
	work: () => Promise<T>,
): Promise<T | undefined> {
	try {
		return await work();
	} catch (error) {
		warn('store', `Could not write down who took a call: ${reasonWithFix(error)}`);
		return undefined;
	}
}
