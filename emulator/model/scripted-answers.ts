import type { Conversation } from './conversation';
import { needsHuman, noReply, reply, type Draft } from './draft';

interface Rule {
	readonly when: RegExp;
	readonly answer: (talk: Conversation) => Draft;
}

/** The first rule whose pattern is found in the contact's turn decides. */
const RULES: readonly Rule[] = [
	{
		when: /\b(?:human|real person|(?:speak|talk) (?:to|with) (?:a |the )?(?:person|someone|somebody|manager|owner))\b/i,
		answer: () =>
			needsHuman(
				'The contact asked for a person.',
				"I'll get a person to text you back shortly.",
			),
	},
	{
		when: /^\W*(?:ok(?:ay)?|great|perfect)?\W*(?:thanks?|thank you|cheers)\b.*\b(?:bye|goodbye)\b/is,
		answer: () => noReply('The contact said goodbye.'),
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
		when: /\bmy name(?:'s| is)\b/i,
		answer: ({ contactName }) =>
			reply(`Nice to meet you, ${contactName ?? 'there'}. How can I help?`),
	},
	{
		when: /\b(?:burst|flood\w*|leak\w*|no hot water|emergency)\b/i,
		answer: () =>
			reply(
				'Sorry to hear that. If water is still running, please close the main valve. We can be there today between 2 and 4 pm. Does that work?',
			),
	},
	{
		when: /\b(?:how much|price|cost|charge|quote)\b/i,
		answer: () =>
			reply('A visit is $89, and it takes about half an hour. Shall I find you a time?'),
	},
	{
		when: /\b(?:book|appointment|schedule|available|availability|come (?:out|by|over))\b/i,
		answer: () =>
			reply('Happy to help. We have Tuesday at 10 am or Wednesday at 2 pm. Which suits you?'),
	},
	{
		when: /\b(?:monday|tuesday|wednesday|thursday|friday|saturday|(?:\d{1,2} ?[ap]m))\b/i,
		answer: ({ turn }) => {
			const day = /\b(?:mon|tues|wednes|thurs|fri|satur)day\b/i.exec(turn)?.[0];
			const time =
				/\b\d{1,2} ?[ap]m\b/i.exec(turn)?.[0] ??
				(/wednesday/i.test(turn) ? '2 pm' : '10 am');
			return reply(
				`Done: ${day ? `${day[0]?.toUpperCase()}${day.slice(1).toLowerCase()} at ` : ''}${time}. What is the address?`,
			);
		},
	},
	{
		when: /\b\d+ \p{L}+ (?:st|street|ave|avenue|road|rd|lane|ln|drive|dr)\b/iu,
		answer: ({ turn }) =>
			reply(
				`Thank you. We have you down at ${turn.trim()}. We text you when we are on our way.`,
			),
	},
	{
		when: /\b(?:open|hours)\b/i,
		answer: () =>
			reply('We are open Monday to Friday, 8 am to 6 pm, and on call for emergencies.'),
	},
	{
		when: /^\W*(?:thanks?|thank you|cheers)\b/i,
		answer: () => reply("You're welcome!"),
	},
];

/** Always the same answer to the same messages, so that a lost history shows. */
export function scriptedAnswer(talk: Conversation): Draft {
	if (talk.opens) return reply(opener(talk));
	const rule = RULES.find(({ when }) => when.test(talk.turn));
	if (rule) return rule.answer(talk);
	const here = talk.business ? ` You've reached ${talk.business}.` : '';
	return reply(`Thanks for your text!${here} You said: "${talk.last}". How can I help?`);
}

function opener({ agentName, business, instructions }: Conversation): string {
	const contact = /^\s*(?:contact|customer|lead)(?:'s)? ?name:\s*(.+?)\s*$/im.exec(
		instructions,
	)?.[1];
	const firstLine =
		instructions
			.split('\n')
			.find((line) => line.trim() !== '')
			?.trim() ?? '';
	const greeting = contact ? `Hi ${contact},` : 'Hi,';
	if (business) {
		return `${greeting} this is ${agentName ? `${agentName} from ` : ''}${business}. Sorry we missed you. How can we help?`;
	}
	return `${greeting} sorry we missed you. ${firstLine.slice(0, 120)} How can we help?`;
}
