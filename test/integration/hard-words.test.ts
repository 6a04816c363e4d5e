import { beforeAll, describe, expect, it } from '@jest/globals';
import { readCallReport, reportedCall } from '../../nodes/shared/calls/call-report';
import { isWithheld } from '../../nodes/shared/calls/missed-call';
import { tellsOfDeed } from '../../nodes/shared/acting/deeds';
import { withoutArtefacts } from '../../nodes/shared/composing/artefacts';
import { finishText } from '../../nodes/shared/composing/finished-text';
import { modelHistory, newestThatFit } from '../../nodes/shared/composing/history';
import { inlineHistory } from '../../nodes/shared/composing/inline-history';
import { bodyOf, tagMessage, withoutTags } from '../../nodes/shared/composing/message-tags';
import { chatAnswerOf } from '../../nodes/shared/composing/models/chat-model-composer';
import { modelRefusal } from '../../nodes/shared/composing/model-error';
import {
	builderWords,
	outsideLine,
	outsideWords,
} from '../../nodes/shared/composing/outside-words';
import { parseAnswer } from '../../nodes/shared/composing/parse-answer';
import { promptOf } from '../../nodes/shared/composing/prompt';
import { agentIdFromName } from '../../nodes/shared/messaging/agent';
import { parseAgents } from '../../nodes/shared/messaging/routing';
import { isQuotedFrom, ownWordsOf } from '../../nodes/shared/contacts/own-words/own-words';
import { consentWordOf } from '../../nodes/shared/messaging/consent-keywords';
import { hasWords } from '../../nodes/shared/messaging/message';
import {
	parseCountry,
	parsePhoneNumber,
	parsePhoneNumbers,
	parseSender,
	parseSenders,
} from '../../nodes/shared/messaging/phone-number';
import { reactionOf } from '../../nodes/shared/messaging/reaction';
import {
	countSegments,
	rewriteToGsm,
	segmentWarnings,
	toLookalikes,
} from '../../nodes/shared/messaging/segments';
import { shortenToSegments } from '../../nodes/shared/messaging/rewriting/shorten';
import { assertAgentId, parseThreadId, threadIdOf } from '../../nodes/shared/messaging/thread-id';
import { LONGEST_TEXT } from '../../nodes/shared/messaging/text-bounds';
import { rewriteAround, wholeSpans } from '../../nodes/shared/messaging/rewriting/whole-tokens';
import { fitText } from '../../nodes/shared/sending/fit-text';
import { isThatSend } from '../../nodes/shared/sending/reconcile-send';
import { INITIAL_STATE } from '../../nodes/shared/threads/thread-store';
import {
	fromStoredText,
	toStoredText,
} from '../../nodes/shared/threads/stores/postgres/postgres-threads';
import { postgresUnavailable } from '../../nodes/shared/threads/stores/postgres/explain-postgres-error';
import { redisUnavailable } from '../../nodes/shared/threads/stores/redis/explain-redis-error';
import { RedisFailure } from '../../nodes/shared/threads/stores/redis/redis-failure';
import { readCertificate, readHost } from '../../nodes/shared/threads/stores/server-settings';
import { parseMediaUrls, parseStatusCallback } from '../../nodes/shared/twilio/api/messages';
import { parseInboundWebhook } from '../../nodes/shared/twilio/inbound/inbound-webhook';
import {
	isCutAsTwilioCuts,
	MAX_TWILIO_REQUEST_BYTES,
} from '../../nodes/shared/twilio/inbound/twilio-form';
import { storedMessage } from '../support/stored-message';

const MEGABYTE = 1_000_000;
const MESSAGE_SID = `SM${'0'.repeat(32)}`;

/** Each is what some pattern could go back over again and again. */
const REPEATED = [
	...[
		'[',
		']',
		'(',
		'{',
		'<',
		'`',
		'*',
		'**a',
		'_',
		'__a ',
		'# ',
		' ',
		'\n',
		' \n',
		'"',
		"'",
		'\\',
	],
	...[
		'.',
		'. ',
		'."',
		'?!',
		'--- ',
		',',
		'/',
		'//',
		'@',
		'+',
		'0',
		'9 ',
		'a',
		'a.',
		'a@a.',
		'A1 ',
	],
	...[
		'é',
		'e\u0301',
		'\u0301',
		'\u200B',
		'\u200D',
		'\uFEFF',
		'\u00A0',
		'\uD800',
		'\u0000',
		'\u2028',
	],
	...['👍', '👩‍👩‍👧', '\u{E0041}', '你', '。', '1½', '$1 ', '**61*', '*#'],
	...['http://', 'https://a.b/(', '[a](', '[a](b.c', '[a](b.c)', '[a](a.a.a.', '<http://a'],
	...[
		'<think>',
		'</think>',
		'<think>a</think>',
		'<tool_call>',
		'<|channel|>',
		'<|channel|>final',
	],
	...['[operator] ', '[attached: ', '[2026-01-15 09:30] ', 'assistant:\n', '\nUser:', '```\n'],
	...[
		'{"kind":',
		'"reply":"',
		'["',
		'database ',
		'\u200A“\u200A',
		'Liked “',
		'👍 to “',
		'-----BEGIN ',
	],
];

const TRIES = 40;
/** So many times as long as the plain look is no noise. */
const HOPELESS = 10;

const letters = 'a'.repeat(MEGABYTE);
/** Looks at each place of a megabyte and at the twelve letters after it: what every reading is measured by. */
const lookPlainly = () => /a(?=a{0,12}b)/.test(letters);
let plainMs: number;

/** Milliseconds that this thread was busy: others work on the machine too. */
function busyMs(work: () => unknown): number {
	const begun = process.threadCpuUsage();
	try {
		work();
	} catch (error) {
		// A refusal is an answer; its words must not be as long as the text.
		expect(String(error).length).toBeLessThan(5_000);
	}
	const { user, system } = process.threadCpuUsage(begun);
	return (user + system) / 1_000;
}

/** Whether it takes longer than the plain look does at the same moment, however often it is tried. */
function isSlow(work: () => unknown): boolean {
	for (let attempt = 0; attempt < TRIES; attempt += 1) {
		const took = busyMs(work);
		if (took < plainMs) return false;
		const plainlyMs = busyMs(lookPlainly);
		if (took < plainlyMs) return false;
		if (attempt >= 3 && took > HOPELESS * plainlyMs) break;
	}
	return true;
}

const contactText = (body: string) => storedMessage(body);
const rules = { maxSegments: 2, rewriteToGsm: true } as const;
const server = { host: 'db.example.com', port: 1, user: 'u', password: 'p' };
const postgres = { ...server, database: 'd', schema: 's', ssl: 'disable' } as const;
const redis = { ...server, database: 0, keyPrefix: 'k', tls: { enabled: false } as never };
const sent = {
	...{ direction: 'outbound-api', dateCreated: new Date(), numMedia: 0 },
} as Parameters<typeof isThatSend>[0];

const READERS: Record<string, (text: string) => unknown> = {
	parseAnswer: (text) => parseAnswer(text, false),
	'parseAnswer of what was cut off': (text) => parseAnswer(text, true),
	'parseAnswer of the agreed form': (text) =>
		parseAnswer(`{"kind":"reply","reply":${JSON.stringify(text.slice(0, 150_000))}}`, false),
	'parseAnswer of a long reason': (text) =>
		parseAnswer(`{"kind":"noReply","reason":${JSON.stringify(text.slice(0, 150_000))}}`, false),
	withoutArtefacts,
	chatAnswerOf: (content) => chatAnswerOf({ content }),
	'finishText, sent': (text) => finishText(text, { ...rules, whenLonger: 'send' }),
	'finishText, shortened': (text) => finishText(text, { ...rules, whenLonger: 'shorten' }),
	'finishText, handed over': (text) => finishText(text, { ...rules, whenLonger: 'needsHuman' }),
	'finishText of a person': (text) =>
		finishText(text, { ...rules, whenLonger: 'shorten' }, 'operator'),
	fitText: (text) => fitText(text, { ...rules, whenLonger: 'shorten' }, 'agent', 'Message'),
	shortenToSegments: (text) => shortenToSegments(text, 2),
	countSegments,
	segmentWarnings,
	rewriteToGsm,
	toLookalikes,
	wholeSpans,
	rewriteAround: (text) => rewriteAround(text, (masked) => masked),
	withoutTags,
	tagMessage: (text) => tagMessage(contactText(text), 'UTC'),
	bodyOf: (text) => bodyOf(contactText(text)),
	hasWords,
	outsideWords,
	outsideLine,
	builderWords,
	modelHistory: (text) => {
		const turn = [contactText(text)];
		const thread = { threadId: 't', messages: turn, state: INITIAL_STATE };
		const limits = { maxMessages: 30, maxCharacters: 8_000 };
		return modelHistory(
			{ ...thread, droppedMessages: 0, keptMessages: 1 },
			turn,
			limits,
			'UTC',
		);
	},
	newestThatFit: (content) =>
		newestThatFit([{ role: 'user', content }], { maxMessages: 1, maxCharacters: 8_000 }),
	inlineHistory: (content) => inlineHistory([{ role: 'user', content }], 'Messages'),
	'inlineHistory of JSON': (text) => inlineHistory(text, 'Messages'),
	'promptOf with a fact and a name': (text) =>
		promptOf({
			...{ task: 'reply', agentName: text, smsPrompt: 'Bright Dental.', maxCharacters: 306 },
			...{ context: { Note: text }, now: 0, timeZone: 'UTC' },
		}),
	'promptOf with an SMS prompt': (smsPrompt) =>
		promptOf({
			...{ task: 'reply', agentName: 'Ava', smsPrompt, maxCharacters: 306 },
			...{ context: {}, now: 0, timeZone: 'UTC' },
		}),
	modelRefusal: (detail) => modelRefusal({ provider: 'p', status: 500, detail }),
	consentWordOf: (text) => consentWordOf(text, undefined, true),
	'consentWordOf of a verdict': (text) => consentWordOf('', text, true),
	ownWordsOf: (text) => ownWordsOf(text),
	'ownWordsOf words that nearly opt out': (text) =>
		ownWordsOf(`${text.slice(0, 2_000)} stop no me `.repeat(2)),
	'ownWordsOf further words': (text) => ownWordsOf('stop it', [text]),
	tellsOfDeed,
	isQuotedFrom: (text) => isQuotedFrom(text, [text]),
	reactionOf,
	parsePhoneNumber: (text) => parsePhoneNumber(text, 'US', 'To'),
	parsePhoneNumbers: (text) => parsePhoneNumbers(text, undefined, 'To'),
	parseSender: (text) => parseSender(text, undefined, 'From'),
	parseSenders: (text) => parseSenders(text, undefined, 'Numbers'),
	parseCountry: (text) => parseCountry(text, 'Default Country'),
	agentIdFromName,
	assertAgentId,
	parseAgents: (text) =>
		parseAgents([
			{
				id: '',
				name: text,
				smsPrompt: text,
				numbers: text,
				onText: 'reply',
				webhookUrl: '',
				brand: text,
				ownersPhones: text,
			},
		]),
	parseThreadId,
	threadIdOf: (contact) =>
		threadIdOf({ accountSid: `AC${'0'.repeat(32)}`, agentId: 'ava', contact }),
	parseInboundWebhook: (text) =>
		parseInboundWebhook({ MessageSid: MESSAGE_SID, From: text, To: text, Body: text }),
	isCutAsTwilioCuts: (text) =>
		isCutAsTwilioCuts({ MessageSid: MESSAGE_SID, From: text, To: text, FromCity: text }),
	parseMediaUrls: (text) => parseMediaUrls(text, 'Media URLs'),
	parseStatusCallback: (text) => parseStatusCallback(text, 'Status Callback'),
	isThatSend: (body) =>
		isThatSend({ ...sent, body }, { ...sent, body, since: '1970' } as never, Date.now()),
	isWithheld,
	reportedCall: (text) =>
		reportedCall(
			{ callId: text, contact: text, called: text, status: text, weCalled: false },
			'US',
		),
	readCallReport: (text) =>
		readCallReport({ event: 'call_ended', call: { disconnection_reason: text } }, 'retell'),
	postgresUnavailable: (message) => postgresUnavailable(postgres, { code: 'XX000', message }),
	redisUnavailable: (message) => redisUnavailable(redis, new RedisFailure('ERR', message)),
	readHost: (text) => readHost(text, 'db.example.com'),
	readCertificate,
	// A request of Twilio's has fewer, and nothing may be lost of a text that is kept.
	toStoredText: (text) => toStoredText(text.slice(0, MAX_TWILIO_REQUEST_BYTES)),
	fromStoredText,
};

beforeAll(() => {
	plainMs = Math.min(...Array.from({ length: 5 }, () => busyMs(lookPlainly)));
});

describe('a text of a megabyte, whatever is repeated in it, holds n8n up no longer than a plain look at it, in', () => {
	it.each(Object.keys(READERS))(
		'%s',
		(name) => {
			const read = READERS[name];
			const slow = REPEATED.flatMap((part) => {
				const text = part.repeat(Math.ceil(MEGABYTE / part.length));
				// What ends otherwise makes a pattern go back; what fits a bound is worked on in full.
				return [`${text}x`, `${text.slice(0, LONGEST_TEXT - 1)}x`].flatMap((one) =>
					isSlow(() => read?.(one)) ? [[part, one.length]] : [],
				);
			});
			expect(slow).toEqual([]);
		},
		120_000,
	);
});
