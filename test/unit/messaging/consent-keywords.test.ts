import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { optOutKeyword } from '../../../emulator/twilio/opt-out';
import { promptOf } from '../../../nodes/shared/composing/prompt';
import { CONSENT_KEYWORDS, consentWordOf } from '../../../nodes/shared/messaging/consent-keywords';
import { ROOT } from '../../../scripts/paths';

describe('consentWordOf', () => {
	it.each([
		'STOP',
		'stop',
		' Stop ',
		'STOPALL',
		'Unsubscribe',
		'cancel',
		'END',
		'quit',
		'revoke',
		'OptOut',
	])('reads %j as an opt-out', (body) => {
		expect(consentWordOf(body, undefined, false)).toBe('stop');
	});

	it.each(['stop by at noon', 'please do not stop', 'the end', '', 'ok'])(
		'reads %j as a text',
		(body) => {
			expect(consentWordOf(body, undefined, false)).toBeUndefined();
		},
	);

	it('takes YES for an opt-in only from somebody who opted out', () => {
		expect(consentWordOf('YES', undefined, false)).toBeUndefined();
		expect(consentWordOf('yes', undefined, true)).toBe('start');
	});

	it('reads HELP and INFO as a call for help, which Twilio answers', () => {
		expect(consentWordOf('help', undefined, false)).toBe('help');
		expect(consentWordOf('Info', undefined, false)).toBe('help');
	});

	it("follows Twilio's own verdict over the words", () => {
		expect(consentWordOf('no more please', 'STOP', false)).toBe('stop');
		expect(consentWordOf('weiter', 'START', true)).toBe('start');
		expect(consentWordOf('hilfe', 'HELP', false)).toBe('help');
	});

	it("takes Twilio's START, too, only from somebody who opted out", () => {
		expect(consentWordOf('Yes', 'START', false)).toBeUndefined();
	});
});

describe('the words that phone companies act on', () => {
	const { stop } = CONSENT_KEYWORDS;
	const words = Object.values(CONSENT_KEYWORDS).flat();

	it('are told to the model, but for those that nobody would ask for', () => {
		const prompt = promptOf({
			task: 'reply',
			agentName: 'Ava',
			smsPrompt: 'You are Ava.',
			maxCharacters: 306,
			context: {},
			now: 0,
			timeZone: 'UTC',
			newestTextAt: undefined,
		});
		const rule = /Never ask the contact to answer with (.*):/.exec(prompt)?.[1] ?? '';
		const named = [...(rule.match(/[A-Z]+/g) ?? []), 'STOPALL', 'UNSTOP'];
		expect(named.toSorted()).toEqual(words.toSorted());
	});

	it('that stop us are listed in the README', () => {
		const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
		const listed = /words that Twilio knows \(([A-Z, ]+) as the whole text\)/.exec(readme)?.[1];
		expect(listed?.split(', ')).toEqual(stop);
	});

	it.each(words)('are known to the emulator: %s', (word) => {
		expect(optOutKeyword(word)?.toLowerCase()).toBe(consentWordOf(word, undefined, true));
	});
});
