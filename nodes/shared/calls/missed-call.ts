import type { Agent } from '../messaging/agent';
import { routesFor, type MatchedBy, type Routes } from '../messaging/routing';
import type { Clock } from '../messaging/clock';
import { reasonWithFix } from '../messaging/reason-of';
import { CALL_SID } from '../messaging/sid-shapes';
import { routeContact } from '../contacts/given-agent';
import { readStanding } from '../contacts/standing';
import { takeoverAt } from '../threads/takeover';
import { threadIdOf } from '../messaging/thread-id';
import { countryOf } from '../messaging/phone-number';
import type { Allowance } from '../threads/allowance';
import type { OpenThreadStore } from '../threads/thread-store';
import { REPLAYED_AFTER_MS } from '../threads/timing';
import type { TwilioClient } from '../twilio/api/twilio-client';
import type { CallForm } from '../twilio/voice/call-webhook';
import { beginWindow, reachMilestone } from './call-milestones';

/** A call that nobody answered. */
export interface MissedCall {
	/** Twilio's call SID, or the other phone system's id of the call. */
	callSid: string;
	/** As the phone system gives it: E.164, a SIP address, or what stands for a withheld number. */
	caller: string;
	called: string;
	/** E.164: the phones that rang. */
	rang: string[];
	/** How the ringing ended; empty where nothing rang. */
	dialCallStatus: string;
	/** What the caller said after the beep. */
	recording: CallForm['recording'];
	/** It was we who called, so the number is not an invented one. */
	weCalled?: true;
	/** How long ago it came, of a call that came while nobody listened and was found afterwards. */
	lateMinutes?: number;
}

/** Who is texted for a missed call, by whom. */
export interface TextBackRules {
	agents: [Agent, ...Agent[]];
	/** Calls of one contact within so many milliseconds count as one; 0: each counts. */
	windowMs: number;
	/** Whether Twilio is asked, for money, what kind of line the caller has. */
	lookUpLine: boolean;
	/** E.164; the called number and those of the agents are never texted anyway. */
	ignoredCallers: readonly string[];
	/** Where the builder chose who texts; else it is the number that was called. */
	textFrom: { sender?: string; messagingServiceSid?: string };
	/** Whether the called number is Twilio's; another phone system's may not be. */
	isTwilioCalled: boolean;
	/** ISO 3166 code: where no number of ours tells which country is ours. */
	country: string | undefined;
	/** Whose callers are texted besides those of our own country. */
	otherCountries: 'all' | readonly string[];
	/** Runs that missed calls start. */
	perHour: Allowance;
}

export interface TextBackPorts {
	rules: TextBackRules;
	accountSid: string;
	openStore: () => Promise<OpenThreadStore>;
	/** Not called before Twilio has to be asked. */
	openTwilio: () => Promise<TwilioClient>;
	clock: Clock;
	/** Logs. `kind` keeps lines of one kind apart from the others. */
	warn: (kind: string, what: string) => void;
}

/** What a text to the caller needs to know. */
export interface TextBack {
	threadId: string;
	agent: Agent;
	matchedBy: MatchedBy;
	/** E.164. */
	contact: string;
	/** The number to text from; null where the Messaging Service chooses. */
	sender: string | null;
	messagingServiceSid: string | null;
}

/** Why a missed call starts nothing. */
type PassedOver =
	| 'withheld'
	| 'notAPhone'
	| 'ignored'
	| 'abroad'
	| 'optedOut'
	| 'takenOver'
	| 'longAgo'
	| 'repeated'
	| 'tooMany'
	| 'cannotText';

const WHY: Record<PassedOver, string> = {
	withheld: 'withheld their number, so there is nobody to text',
	notAPhone:
		'has no phone number that can be texted (a short code, an internet phone, or a number without its country code: then set Default Country)',
	ignored: 'is one of your own numbers, or one you never text',
	abroad: 'has a number of another country than yours (to have callers from there texted, add it to Callers From Other Countries in the options)',
	optedOut: 'has texted STOP',
	takenOver: 'called a while ago, and a person has taken the conversation over',
	longAgo:
		'called more than a day ago: somebody has sent an old request of the call again, as whoever has seen one can',
	repeated: 'has called within the time that counts as one call',
	tooMany:
		'called after as many as are texted within an hour (to have more texted, raise Most Callers Texted per Hour in the options)',
	cannotText: 'has a line that cannot receive texts',
};

/** As many callers were texted within an hour as may be, so a late one waits. Nothing is decided about it. */
export class TooManyCallersError extends Error {
	override readonly name = 'TooManyCallersError';

	constructor(most: number) {
		super(
			`${most} missed calls have started the workflow within an hour, which is as many as Most Callers Texted per Hour allows`,
		);
	}
}

/**
 * Who is to text the caller, the first time it is asked of this call; undefined where it was asked
 * before, or the caller is not to be texted, of which the log tells why. Rejects with
 * StoreUnavailableError and, for a late call, TooManyCallersError.
 */
export async function textBackFor(
	ports: TextBackPorts,
	call: MissedCall,
): Promise<TextBack | undefined> {
	const { rules, accountSid, clock } = ports;
	const store = await ports.openStore();
	const { claims } = store;
	const contact = call.caller;
	const wrongNumber = judgeNumber(rules, call);
	const isLate = call.lateMinutes !== undefined;
	const isOneOfMost = async () => {
		const taken = await store.allowances.take([rules.perHour], call.callSid);
		return taken.kind === 'taken';
	};
	// One that has waited for so long may wait on: it is found again.
	if (isLate && !wrongNumber && !(await isOneOfMost())) {
		throw new TooManyCallersError(rules.perHour.most);
	}
	if (!(await reachMilestone({ claims, clock }, call.callSid, 'decided'))) return undefined;
	if (wrongNumber) return passOver(ports, call, wrongNumber);

	const { messagingServiceSid, ...routes } = await routesOf(ports, call);
	const { agent, matchedBy } = await routeContact({ store }, accountSid, contact, routes);
	const threadId = threadIdOf({ accountSid, agentId: agent.id, contact });
	const { state, contact: record } = await readStanding({ store, clock }, threadId, 1);
	if (record.consent.status === 'optedOut') return passOver(ports, call, 'optedOut');
	if (isLate && takeoverAt(state, clock.now())) {
		return passOver(ports, call, 'takenOver');
	}
	if (await isLongAgo(ports, call)) return passOver(ports, call, 'longAgo');
	const window = await beginWindow({ claims }, threadId, rules.windowMs);
	if (window === undefined) return passOver(ports, call, 'repeated');
	if (!isLate && !(await isOneOfMost())) {
		// They are texted when they call again later.
		await window.giveBack();
		return passOver(ports, call, 'tooMany');
	}
	// Last, because it costs money.
	if (rules.lookUpLine && !(await canBeTexted(ports, contact))) {
		return passOver(ports, call, 'cannotText');
	}
	const calledFrom = {
		sender: rules.isTwilioCalled ? call.called : null,
		messagingServiceSid: messagingServiceSid ?? null,
	};
	return {
		...{ threadId, agent, matchedBy, contact },
		...(chosenSender(rules) ?? calledFrom),
	};
}

function chosenSender({ textFrom: { sender, messagingServiceSid } }: TextBackRules) {
	if (sender === undefined && messagingServiceSid === undefined) return undefined;
	return { sender: sender ?? null, messagingServiceSid: messagingServiceSid ?? null };
}

/** What the number alone tells; undefined where it may be texted. */
function judgeNumber(rules: TextBackRules, call: MissedCall): PassedOver | undefined {
	const { caller } = call;
	if (isWithheld(caller)) return 'withheld';
	if (!PHONE.test(caller)) return 'notAPhone';
	if (ownNumbers(rules, call).has(caller)) return 'ignored';
	return isAbroad(rules, call) ? 'abroad' : undefined;
}

/** A text to one costs what it does to the other: Twilio has each island under one name with its country. */
const AS_ONE: Readonly<Record<string, string>> = {
	CA: 'US',
	...{ AX: 'FI', CC: 'AU', CX: 'AU', EH: 'MA', YT: 'RE' },
};

function isAbroad(rules: TextBackRules, call: MissedCall): boolean {
	if (call.weCalled) return false;
	const { otherCountries } = rules;
	const ours = ourCountry(rules, call);
	// Where nobody can tell what is abroad, nothing is.
	if (otherCountries === 'all' || ours === undefined) return false;
	const country = countryOf(call.caller);
	if (country === undefined) return true;
	const plain = (code: string) => AS_ONE[code] ?? code;
	return ![ours, ...otherCountries].map(plain).includes(plain(country));
}

/** That of the called number or, where another phone system does not tell it, of a number we text from. */
function ourCountry(
	{ agents, textFrom, country }: TextBackRules,
	{ called }: MissedCall,
): string | undefined {
	const senders = [called, textFrom.sender ?? '', ...agents.flatMap((agent) => agent.senders)];
	for (const number of senders) {
		const known = PHONE.test(number) ? countryOf(number) : undefined;
		if (known !== undefined) return known;
	}
	return country;
}

const PHONE = /^\+[1-9]\d{6,14}$/;

/** Nobody is texted for having called from one of the builder's own phones. */
function ownNumbers(rules: TextBackRules, { called }: MissedCall): Set<string> {
	const ofAgents = rules.agents.flatMap(({ senders }) => senders);
	return new Set([called, ...rules.ignoredCallers, ...ofAgents]);
}

type RoutesOfCall = Routes & { messagingServiceSid?: string };

/** By the number that was called; by its Messaging Service only where an agent claims one. */
async function routesOf(
	{ rules: { agents }, openTwilio, warn }: TextBackPorts,
	{ called }: MissedCall,
): Promise<RoutesOfCall> {
	const routes = routesFor(agents, { to: called });
	const services = agents.flatMap(({ senders }) => senders.filter((one) => one.startsWith('MG')));
	if (routes.claim === called || services.length === 0) return routes;
	try {
		const { serviceOfNumber } = await import('../twilio/api/services.js');
		const messagingServiceSid = await serviceOfNumber(await openTwilio(), called, services);
		if (messagingServiceSid === undefined) return routes;
		const byService = routesFor(agents, { to: called, messagingServiceSid });
		return { ...byService, messagingServiceSid };
	} catch (error) {
		warn(
			'service',
			`Could not ask whose Messaging Service was called: ${reasonWithFix(error)}`,
		);
		return routes;
	}
}

/** As far as can be told: a call that Twilio cannot be asked about is one of now. */
async function isLongAgo(
	{ rules, openTwilio, clock }: TextBackPorts,
	{ callSid, lateMinutes }: MissedCall,
): Promise<boolean> {
	// A late one comes from Twilio's own list.
	if (!rules.isTwilioCalled || lateMinutes !== undefined || !CALL_SID.test(callSid)) return false;
	try {
		const { callOf } = await import('../twilio/api/call-log.js');
		const { startedAt } = await callOf(await openTwilio(), callSid);
		return startedAt > 0 && clock.now() - startedAt > REPLAYED_AFTER_MS;
	} catch {
		return false;
	}
}

/** As far as can be told: a caller whose line could not be looked up is texted. */
async function canBeTexted({ openTwilio, warn }: TextBackPorts, caller: string): Promise<boolean> {
	try {
		const { canReceiveTexts, lineTypeOf } = await import('../twilio/api/line-type.js');
		return canReceiveTexts(await lineTypeOf(await openTwilio(), caller));
	} catch (error) {
		warn('lookup', `Could not look up a caller's line: ${reasonWithFix(error)}`);
		return true;
	}
}

function passOver({ warn }: TextBackPorts, { caller }: MissedCall, why: PassedOver): undefined {
	const who = /\d\d$/.test(caller) && why !== 'withheld' ? ` ending in ${caller.slice(-2)}` : '';
	warn(`passedOver:${why}`, `Started nothing for a missed call: the caller${who} ${WHY[why]}.`);
	return undefined;
}

/**
 * What stands in for a caller who withholds their number. The digits spell the word on a phone's
 * keys: Anonymous, Restricted, Blocked, Unknown, Unavailable.
 */
const WITHHELD = new Set([
	'266696687',
	'7378742833',
	'2562533',
	'8656696',
	'86282452253',
	'anonymous',
	'restricted',
	'blocked',
	'unknown',
	'unavailable',
	'private',
	'withheld',
]);

/** Whether there is nobody to text back. */
export function isWithheld(caller: string): boolean {
	const plain = caller.trim().toLowerCase().replace(/^\+/, '');
	return plain === '' || WITHHELD.has(plain);
}
