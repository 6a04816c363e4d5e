import type { Conversation } from './conversation';
import { needsHuman, noReply, optOut, reply, type Draft } from './draft';
import { lookUp, questionsIn } from './look-up';
import { isForPeople, readPrompt, type PromptFacts } from './prompt-facts';

/** What the answer is made from. */
interface Talk extends Conversation {
	readonly prompt: PromptFacts;
	/** The form of the answer has room for a hand-over; plain words cannot do one. */
	readonly canHandOver: boolean;
}

interface Rule {
	readonly when: RegExp;
	/** Undefined: the rule is not for this talk after all. */
	readonly answer: (talk: Talk) => Draft | undefined;
}

const OFFER = 'Shall I hand you over to a person?';
const UNKNOWN = 'I have no information about that, sorry.';
/** An answer gets no more sentences from here on. Characters. */
const LONG = 240;

/** The first rule whose pattern is found in the contact's turn, and which gives an answer, decides. */
const RULES: readonly Rule[] = [
	{
		when: /\bare you (?:really )?(?:an? )?(?:real|human|person|(?:ro)?bot|ai|machine|computer|program|chat ?bot)\b|\bis this (?:an? )?(?:(?:ro)?bot|ai|machine|automated)\b/i,
		answer: (talk) =>
			reply(
				joined([
					`I'm an automated assistant${talk.business ? ` of ${talk.business}` : ''}.`,
					offer(talk),
				]),
			),
	},
	{
		// In words that no list holds, so that a model has to understand them.
		when: /\b(?:had enough of|tired of|done with|sick of) (?:all )?(?:your|these|the) (?:texts|messages)\b/i,
		answer: ({ canHandOver, last }) =>
			canHandOver ? optOut(last) : reply("I can't take you off a list from here, sorry."),
	},
	{
		when: /\b(?:human|real person|(?:speak|talk) (?:to|with) (?:a |the )?(?:person|someone|somebody|manager|owner))\b/i,
		answer: (talk) => handOver(talk, 'The contact asked for a person.'),
	},
	{
		when: /^\W*(?:yes|yeah|yep|sure|ok(?:ay)?|please|go ahead)\b/i,
		answer: (talk) =>
			talk.lastReply.endsWith(OFFER)
				? handOver(talk, `The contact wants a person. ${summaryOf(talk)}`.trim())
				: undefined,
	},
	{
		when: /^\W*(?:no|nope|not now)\b/i,
		answer: ({ lastReply }) =>
			lastReply.endsWith(OFFER)
				? reply('All right. Anything else I can tell you?')
				: undefined,
	},
	{
		when: /^\W*(?:ok(?:ay)?|great|perfect)?\W*(?:thanks?|thank you|cheers)\b.*\b(?:bye|goodbye)\b/is,
		answer: ({ canHandOver }) =>
			canHandOver ? noReply('The contact said goodbye.') : reply('Goodbye!'),
	},
	{
		when: /\bwhat(?:'s| is) my name\b/i,
		answer: ({ contactName }) =>
			reply(contactName ? `Your name is ${contactName}.` : "I don't know your name yet."),
	},
	{
		when: /\bhow many (?:texts|messages) (?:have|did) i\b/i,
		answer: ({ userTexts }) => reply(`You have sent ${userTexts.length} texts.`),
	},
	{
		when: /\bwhat did i (?:say|text|write) first\b/i,
		answer: ({ userTexts }) => reply(`You first said: "${userTexts[0] ?? ''}"`),
	},
	{
		when: /\S/,
		answer: (talk) =>
			isForPeople(talk.prompt, talk.turn)
				? handOver(talk, `The prompt leaves this to a person: "${talk.turn}"`)
				: undefined,
	},
	{
		when: /\b(?:cancel|reschedule|move) (?:my|the|our|it)\b/i,
		answer: (talk) =>
			reply(joined(["I can't change a booking myself; someone here has to.", offer(talk)])),
	},
	{ when: /\S/, answer: book },
	{ when: /\S/, answer: answerQuestions },
	{
		when: /^\W*(?:thanks?|thank you|cheers)\b/i,
		answer: () => reply("You're welcome!"),
	},
	{
		when: /^\W*(?:hi|hello|hey|good (?:morning|afternoon|evening))\b[\s\p{P}]*$/iu,
		answer: (talk) => reply(greeting(talk)),
	},
];

const SAYS_NAME = /\bmy name(?:'s| is)\b/i;
const BOOKS =
	/\b(?:book(?:ing)?|appointment|schedule|reserv\w+|come (?:in|out|by|over)|(?:like|want|need) to order)\b/i;
const DAY = /\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|today|tomorrow)\b/i;
const TIME = /\b(?:at )?\d{1,2}(?::\d\d)? ?[ap]m\b|\bat \d{1,2}(?::\d\d)?\b|\bnoon\b/i;

/**
 * Made from what the prompt says and the contact said, and from nothing else; always the same to
 * the same messages, so that a lost history shows. It never reports something as done.
 */
export function scriptedAnswer(conversation: Conversation, canHandOver: boolean): Draft {
	const talk = { ...conversation, prompt: readPrompt(conversation.instructions), canHandOver };
	if (talk.turn === '' && talk.sentPicture) {
		return reply("Thanks for the picture. I can't open it: what does it show?");
	}
	if (talk.opens || talk.turn === '') return reply(opener(talk));
	for (const { when, answer } of RULES) {
		const draft = when.test(talk.turn) ? answer(talk) : undefined;
		if (draft) return draft;
	}
	const here = talk.business ? ` You've reached ${talk.business}.` : '';
	return reply(`Thanks for your text!${here} You said: "${talk.last}". How can I help?`);
}

function answerQuestions(talk: Talk): Draft | undefined {
	const named = SAYS_NAME.test(talk.turn);
	const hello = named ? [`Nice to meet you, ${talk.contactName ?? 'there'}.`] : [];
	const found = questionsIn(talk.turn)
		.filter((part) => !SAYS_NAME.test(part))
		.map((part) => lookUp(talk.prompt.facts, part));
	const asked = found.filter(({ kind }) => kind !== 'nothingAsked');
	if (asked.length === 0) return named ? reply(joined([...hello, 'How can I help?'])) : undefined;

	const known = asked.flatMap((each) => (each.kind === 'known' ? each.words : []));
	const near = asked.flatMap((each) => (each.kind === 'near' ? each.words : []));
	const misses = asked.some(({ kind }) => kind !== 'known');
	return reply(
		joined([
			...hello,
			...known,
			...(misses && known.length > 0 ? ["I don't know the rest, sorry."] : []),
			...(misses && known.length === 0 ? [UNKNOWN] : []),
			...(near.length > 0 ? [`What I do know: ${near[0]}`, ...near.slice(1)] : []),
			...(misses ? [offer(talk)] : []),
		]),
	);
}

/** Gathers what a booking needs, one question at a time, and then leaves it to a person. */
function book(talk: Talk): Draft | undefined {
	const begins = BOOKS.test(talk.turn) && !/\bdo (?:i|you|we) (?:need|have)\b/i.test(talk.turn);
	const goesOn =
		/^(?:.*\. )?(?:Which day|And at what time|And what is your name|What is your name)\b.*\?$/.test(
			talk.lastReply,
		) && !/\?\s*$/.test(talk.turn);
	if (!begins && !goesOn) return undefined;

	const wish = wishOf(talk);
	const facts = begins
		? questionsIn(talk.turn).flatMap((part) => {
				const found = lookUp(talk.prompt.facts, part);
				return found.kind === 'known' ? found.words : [];
			})
		: [];
	const thanks =
		SAYS_NAME.test(talk.turn) || (goesOn && talk.lastReply.endsWith('your name?'))
			? [`Thanks${talk.contactName ? `, ${talk.contactName}` : ''}.`]
			: [];
	const question = !wish.day
		? 'Which day suits you?'
		: !wish.time
			? 'And at what time?'
			: !talk.contactName
				? 'And what is your name?'
				: undefined;
	if (question) return reply(joined([...thanks, ...facts, question]));
	return reply(
		joined([
			...thanks,
			...facts,
			`You would like ${wish.day} ${wish.time}. I can't book that myself: someone here has to confirm it.`,
			offer(talk),
		]),
	);
}

/** The day and the time that the contact named last, since they spoke of a booking. */
function wishOf({ userTexts }: Talk): { day?: string | undefined; time?: string | undefined } {
	const since = userTexts.slice(userTexts.findLastIndex((text) => BOOKS.test(text)));
	const last = (pattern: RegExp) => since.flatMap((text) => pattern.exec(text)?.[0] ?? []).at(-1);
	const day = last(DAY);
	const time = last(TIME)?.replace(/^at /i, '');
	return {
		day: day && (/^to/i.test(day) ? day.toLowerCase() : capitalised(day.toLowerCase())),
		time: time && (time === 'noon' ? 'at noon' : `at ${time}`),
	};
}

function summaryOf(talk: Talk): string {
	const { day, time } = wishOf(talk);
	const name = talk.contactName ? `Name: ${talk.contactName}.` : '';
	return [name, day ? `Wish: ${[day, time].filter(Boolean).join(' ')}.` : '']
		.filter(Boolean)
		.join(' ');
}

function handOver({ canHandOver }: Talk, reason: string): Draft {
	return canHandOver
		? needsHuman(reason)
		: reply("I'm an automated assistant, and I can't fetch a person from here, sorry.");
}

function offer({ canHandOver }: Talk): string {
	return canHandOver ? OFFER : '';
}

function greeting({ agentName, business, contactName }: Talk): string {
	const hello = contactName ? `Hi ${contactName}!` : 'Hi!';
	const here = [agentName, business].filter(Boolean).join(' from ');
	return joined([hello, here ? `This is ${here}.` : '', 'How can I help?']);
}

function opener({ agentName, business, contactName, instructions }: Talk): string {
	const contact =
		/\b(?:(?:contact|customer|lead)(?:'s)? name|first name):\s*(.+?)\s*$/im.exec(
			instructions,
		)?.[1] ?? contactName;
	const here = [agentName, business].filter(Boolean).join(' from ');
	const missed = /\bmissed\b|\bcalled\b[^.]*\bnobody\b/i.test(instructions)
		? 'Sorry we missed your call.'
		: '';
	return joined([
		`Hi${contact ? ` ${contact}` : ''}${here ? `, this is ${here}.` : '!'}`,
		missed,
		'How can we help?',
	]);
}

/** Each sentence once, up to a length that a text bears; the last one in any case. */
function joined(sentences: readonly string[]): string {
	const all = [...new Set(sentences)].filter((sentence) => sentence !== '');
	const last = all.pop() ?? '';
	let text = '';
	for (const sentence of all) {
		if (text !== '' && text.length + sentence.length > LONG) break;
		text += `${sentence} `;
	}
	return text + last;
}

function capitalised(word: string): string {
	return `${word[0]?.toUpperCase() ?? ''}${word.slice(1)}`;
}
