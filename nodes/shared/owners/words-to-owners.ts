import type { OwnersWords } from '../messaging/agent';
import { beginningOf } from '../messaging/text-bounds';
import { USUAL_PAUSE_HOURS } from '../threads/takeover';
import { USUAL_WORDS } from './commands';

/** What an owner's phone is told. Each fits one text; what a contact wrote stands on one line, in quotes. */

/** Characters. */
const SHOWN_OF_TEXT = 200;
const SHOWN_OF_REASON = 140;
const SHOWN_OF_NAME = 40;
/** Hand-overs in one list. */
export const LISTED = 8;

export interface Known {
	number: number;
	contact: string;
	/** Empty where it is not known. */
	name: string;
}

/** "Maria (+14155550123)" */
export function who({ contact, name }: Omit<Known, 'number'>): string {
	return name.trim() === '' ? contact : `${onOneLine(name, SHOWN_OF_NAME)} (${contact})`;
}

export interface HandOverNotice extends Known {
	lastWords: string;
	why: string;
	/** The agent is silent already: a person has the contact, or all agents are paused. */
	isTaken: boolean;
}

export function handOverText(
	{ number, lastWords, why, isTaken, ...contact }: HandOverNotice,
	{ take, release }: OwnersWords = USUAL_WORDS,
	asksForPin = false,
): string {
	const said = onOneLine(lastWords, SHOWN_OF_TEXT);
	const yours = `${number}: ${who(contact)} wrote, and the agent is silent.`;
	return [
		isTaken ? yours : `${number}: ${who(contact)} needs a person.`,
		said === '' ? '(no words, a picture or file)' : `"${said}"`,
		...(isTaken ? [] : [`Why: ${onOneLine(why, SHOWN_OF_REASON)}`]),
		`Answer here with "${number} your words", "${take} ${number}" or "${release} ${number}"${asksForPin ? ', each after your PIN' : ''}.`,
	].join('\n');
}

export function helpText(
	{ take, release, list, pauseAll, resumeAll }: OwnersWords = USUAL_WORDS,
	isPinUsed = false,
): string {
	return [
		`Nothing was done.${isPinUsed ? ' After your PIN, text:' : ' Text:'}`,
		'"2 your words": they go to the contact of hand-over 2',
		`"${take} 2": the agent is silent there`,
		`"${release} 2": the agent answers there again`,
		`"${list}": what is open`,
		`"${pauseAll}" / "${resumeAll}": all agents`,
		'Words without a number go to nobody.',
	].join('\n');
}

export const answers = {
	relayed: (to: Known, { release }: OwnersWords = USUAL_WORDS, leftOut = false) =>
		`Sent to ${who(to)}.${leftOut ? ' Pictures and files are not passed on.' : ''} The agent is silent there for ${USUAL_PAUSE_HOURS} hours, or until "${release} ${to.number}".`,
	optedOut: (to: Known) => `${who(to)} has opted out; nothing was sent.`,
	notRelayed: (to: Known, why: string) => `Not sent to ${who(to)}: ${withStop(why)}`,
	uncertain: (to: Known) =>
		`It is not certain whether your text to ${who(to)} was sent: Twilio's answer was lost. Look at Twilio's log before you send it again.`,
	taken: (of: Known, { release }: OwnersWords = USUAL_WORDS) =>
		`You have ${of.number}: ${who(of)}. The agent is silent there until ${USUAL_PAUSE_HOURS} hours after a person's last text, or until "${release} ${of.number}".`,
	released: (of: Known) => `The agent answers ${who(of)} again, from their next text on.`,
	notOpen: (number: number, open: readonly number[]) =>
		`No hand-over ${number} is open; nothing was done. ${open.length === 0 ? 'None is open.' : `Open: ${open.slice(0, 20).join(', ')}${open.length > 20 ? ' ...' : '.'}`}`,
	paused: ({ resumeAll }: OwnersWords = USUAL_WORDS) =>
		`All agents are paused: none of them texts anybody until "${resumeAll}".`,
	resumed: (was: boolean) =>
		was ? 'The agents answer again.' : 'No agent was paused; they go on answering.',
	refused: 'Refused, nothing was done: begin with your PIN.',
	tooOld: (minutes: number) =>
		`Your text of ${minutes} minutes ago came too late; nothing was done. Text it again if you still want it.`,
	tooMany: 'Too many texts went out within an hour; nothing was sent.',
};

export function listText(
	open: ReadonlyArray<Known & { why: string; minutesAgo: number; isTaken: boolean }>,
	all: number,
): string {
	if (all === 0) return 'No hand-over is open.';
	const lines = open.map(
		({ number, why, minutesAgo, isTaken, ...contact }) =>
			`${number}: ${who(contact)}, ${ago(minutesAgo)}${isTaken ? ', a person has them' : ''}: ${onOneLine(why, 60)}`,
	);
	const more = all > open.length ? [`and ${all - open.length} older`] : [];
	return [...lines, ...more].join('\n');
}

function ago(minutes: number): string {
	if (minutes < 60) return `${minutes} min ago`;
	const hours = Math.floor(minutes / 60);
	return hours < 48 ? `${hours} h ago` : `${Math.floor(hours / 24)} days ago`;
}

function withStop(why: string): string {
	return /[.!?]$/.test(why) ? why : `${why}.`;
}

/** A contact's line break must not look like a line of ours. */
function onOneLine(text: string, most: number): string {
	const line = text.replace(/\s+/g, ' ').trim();
	return line.length <= most ? line : `${beginningOf(line, most).trimEnd()}...`;
}
