import { deedButton } from './deed-button.mjs';
import { element, time } from './format.mjs';

/** A call as the contact lives it: what they hear, what they can do, and how it ended. */
export function drawCall(live, name, onDeed) {
	const deeds = live.offers.filter(({ by }) => by === 'caller');
	return element(
		'li',
		{ class: `call ${live.ended ? 'over' : 'live'}`, 'data-sid': live.sid },
		element(
			'div',
			{ class: 'call-title' },
			element('strong', {}, describeState(live, name)),
			element('time', { datetime: live.startedAt }, time(live.startedAt)),
		),
		...live.heard.map((words) => drawHeard('You hear', words)),
		...problemsOf(live).map((words) => element('p', { class: 'note bad' }, words)),
		deeds.length === 0
			? null
			: element(
					'div',
					{ class: 'deeds' },
					...deeds.map((deed) => button(live, deed, onDeed)),
				),
	);
}

/** Sighted people see from the place who hears it. */
export function drawHeard(whoHears, words) {
	return element(
		'p',
		{ class: 'call-words' },
		element('span', { class: 'visually-hidden' }, `${whoHears}: `),
		`“${words}”`,
	);
}

/** What there is to say of a call up to now, oldest first. */
export function describeCall(live, name) {
	const state = describeState(live, name);
	const heard = live.heard.map((words) => `You hear: “${words}”`);
	return live.ended ? [...heard, state] : [state, ...heard];
}

const LABELS = { 'hangs up': 'Hang up', speaks: 'Leave a message' };

function button({ sid }, deed, onDeed) {
	return deedButton(LABELS[deed.does], deed, () => onDeed(sid, deed));
}

function describeState({ ended, phones, offers, wasTaken, wasRecorded }, name) {
	if (ended) {
		if (wasRecorded) return 'Call ended, with a message left';
		return wasTaken ? 'Call ended' : 'Call ended, nobody took it';
	}
	if (phones.some(({ state }) => state === 'talking')) return `Talking to ${name}`;
	if (offers.some(({ does }) => does === 'speaks')) return 'After the tone';
	return `Calling ${name} …`;
}

function problemsOf({ undeliverable, errorCode, problem }) {
	const words = [];
	if (undeliverable) words.push(`Nothing answers: ${undeliverable}.`);
	if (errorCode) words.push(`Twilio error ${errorCode}: it could not use what n8n answered.`);
	if (problem) words.push(`The emulator gave up: ${problem}.`);
	return words;
}
