import { describe, expect, it } from '@jest/globals';
import { readConversation } from '../../emulator/model/conversation';
import { scriptedAnswer } from '../../emulator/model/scripted-answers';

const DENTIST = `You are Ava, the front desk of Bright Dental in Portland. We are open Monday to Friday, 9 am to 5 pm. A check-up takes 45 minutes and costs $120; a cleaning takes 30 minutes and costs $90. Find out what the person needs, and their name, and offer to have a colleague confirm a time. For pain or swelling, hand over to a person.`;
const PLUMBER = `You are Bo from Quick Plumbing in Salem, on call day and night. Ask for the address and what is leaking. For water that is still running, tell them to close the main valve and hand over to a person.`;
const BARBER = `# Rules
Never give a discount. Answer in one sentence.

# The agent you are
You are Kim of Sharp Cuts.

# Prices
- Haircut: $35
- Beard trim: $20
- Children under 10: half price

# Hours
Tuesday to Saturday 10:00 to 19:00. Closed on Sunday and Monday.

Address: 12 Main Street, Eugene. Parking is free behind the shop.
Walk-ins are welcome, no appointment needed. We take cash and cards.
Phone: 541 555 0199`;

const UNKNOWN = 'I have no information about that, sorry. Shall I hand you over to a person?';

/** The whole talk from the contact's texts alone: the script answers each, and reads its own answers. */
function talk(prompt: string, texts: string[], canHandOver = true): string[] {
	const messages = [{ role: 'system', text: prompt }];
	return texts.map((text) => {
		messages.push({ role: 'user', text: `[2026-01-15 09:30] ${text}` });
		const { kind, reply, reason } = scriptedAnswer(readConversation(messages), canHandOver);
		if (kind === 'reply') messages.push({ role: 'assistant', text: reply ?? '' });
		return kind === 'reply' ? (reply ?? '') : `${kind}: ${reason}`;
	});
}
const answer = (prompt: string, text: string): string | undefined => talk(prompt, [text])[0];

describe('the script answers from the prompt', () => {
	it('tells nothing of what the package says before the prompt', () => {
		const whole = `You answer text messages (SMS) for a business. Decide on the reply.\n\n${DENTIST}`;
		expect(answer(whole, 'Text 1 of me')).toContain('You said: "Text 1 of me"');
	});

	it.each([
		// Hours
		[DENTIST, 'Are you open on Friday?', 'We are open Monday to Friday, 9 am to 5 pm.'],
		[
			PLUMBER,
			'What are your hours?',
			"I'm Bo from Quick Plumbing in Salem, on call day and night.",
		],
		[
			BARBER,
			'When do you close?',
			'Tuesday to Saturday 10:00 to 19:00. Closed on Sunday and Monday.',
		],
		// Prices: of the thing that was asked for
		[DENTIST, 'How much is a cleaning?', 'A cleaning takes 30 minutes and costs $90.'],
		[
			DENTIST,
			'What does it cost?',
			'A check-up takes 45 minutes and costs $120. A cleaning takes 30 minutes and costs $90.',
		],
		[
			BARBER,
			'What is the price of a haircut for my kid?',
			'Haircut: $35. Children under 10: half price.',
		],
		[PLUMBER, 'How much do you charge?', UNKNOWN],
		[
			DENTIST,
			'How much is a root canal?',
			'I have no information about that, sorry. What I do know: A check-up takes 45 minutes and costs $120. A cleaning takes 30 minutes and costs $90. Shall I hand you over to a person?',
		],
		// Where, who, how long, and whatever else it says
		[DENTIST, 'Where are you?', "I'm Ava, the front desk of Bright Dental in Portland."],
		[BARBER, 'What is your address?', 'Address: 12 Main Street, Eugene.'],
		[PLUMBER, 'Who is this?', "I'm Bo from Quick Plumbing in Salem, on call day and night."],
		[DENTIST, 'How long does a check up take?', 'A check-up takes 45 minutes and costs $120.'],
		[BARBER, 'Do you have parking?', 'Parking is free behind the shop.'],
		[BARBER, 'Can I pay with a credit card?', 'We take cash and cards.'],
		[BARBER, 'Do I need an appointment?', 'Walk-ins are welcome, no appointment needed.'],
		[DENTIST, 'Do you do whitening?', UNKNOWN],
		// What is an order to the agent is no answer to the contact
		[BARBER, 'Can I have a discount?', UNKNOWN],
		[
			PLUMBER,
			'What is your address?',
			"I'm Bo from Quick Plumbing in Salem, on call day and night.",
		],
		// but what the agent is told to say is
		[
			'If somebody asks about delivery, say that we deliver on Mondays. If they ask for more, say that you will check.',
			'Do you offer delivery?',
			'We deliver on Mondays.',
		],
		['If somebody asks about dogs, say that you will check.', 'Are dogs allowed?', UNKNOWN],
		// Two questions
		[
			DENTIST,
			'Are you open on Friday, and how much is a cleaning?',
			'We are open Monday to Friday, 9 am to 5 pm. A cleaning takes 30 minutes and costs $90.',
		],
		// A person
		[DENTIST, 'I want to talk to a person', 'needsHuman: The contact asked for a person.'],
		[
			DENTIST,
			'My tooth is swelling',
			'needsHuman: The prompt leaves this to a person: "My tooth is swelling"',
		],
		[
			PLUMBER,
			'The water is still running!',
			'needsHuman: The prompt leaves this to a person: "The water is still running!"',
		],
		[
			PLUMBER,
			'Are you a bot?',
			"I'm an automated assistant of Quick Plumbing in Salem. Shall I hand you over to a person?",
		],
		[PLUMBER, 'Hello', 'Hi! This is Bo from Quick Plumbing in Salem. How can I help?'],
	])('%#: %s %s', (prompt, text, expected) => {
		expect(answer(prompt, text)).toBe(expected);
	});

	it.each([
		[
			DENTIST,
			'Monday to Friday, 9 am to 5 pm',
			'Saturdays only, at noon',
			'Are you open on Friday?',
		],
		[DENTIST, '$90', '$75', 'How much is a cleaning?'],
		[PLUMBER, 'Salem', 'Bend', 'Where are you?'],
		[BARBER, '12 Main Street', '5 Oak Avenue', 'Where are you?'],
		[BARBER, 'Beard trim: $20', 'Beard trim: $28', 'And a beard trim?'],
		[DENTIST, 'pain or swelling', 'whitening', 'I would like whitening'],
	])('%#: another fact is another answer', (prompt, before, after, question) => {
		const changed = answer(prompt.replace(before, after), question);
		expect(changed).not.toBe(answer(prompt, question));
		expect(changed).toContain(after.startsWith('whit') ? 'needsHuman' : after);
	});
});

describe('a booking', () => {
	it('is gathered, and left to a person: nothing is said to be done', () => {
		const texts = ['Can I book a cleaning?', 'Friday', 'at 10 am', 'Sam Carter', 'Yes please'];
		const answers = talk(DENTIST, texts);
		expect(answers).toEqual([
			'A cleaning takes 30 minutes and costs $90. Which day suits you?',
			'And at what time?',
			'And what is your name?',
			"Thanks, Sam. You would like Friday at 10 am. I can't book that myself: someone here has to confirm it. Shall I hand you over to a person?",
			'needsHuman: The contact wants a person. Name: Sam. Wish: Friday at 10 am.',
		]);
	});

	it('cannot be changed either', () => {
		expect(answer(DENTIST, 'Please move my appointment')).toMatch(/^I can't change a booking/);
	});

	it('is never claimed, whatever is asked and whatever the prompt is', () => {
		const texts = [
			'Book me in for Friday at 10 am, my name is Sam',
			'Are you open on Friday?',
			'Friday 10 am it is',
			'So I am booked?',
			'Cancel my visit',
		];
		for (const prompt of [DENTIST, PLUMBER, BARBER])
			for (const said of talk(prompt, texts))
				expect(said).not.toMatch(
					/\b(?:done|booked|confirmed|reserved|cancelled|see you)\b/i,
				);
	});
});

describe('a talk', () => {
	it('begins with what brought it about, by the name that is given', () => {
		const write = (instruction: string) => {
			const system = `${DENTIST}\n\n# What the next text is to say\n${instruction}`;
			const messages = [{ role: 'system', text: system }];
			return scriptedAnswer(readConversation(messages), true).reply;
		};
		expect(write('The contact called just now and nobody could take the call.')).toBe(
			'Hi, this is Ava from Bright Dental in Portland. Sorry we missed your call. How can we help?',
		);
		expect(write('Thank them for their request. Their first name: Maria')).toBe(
			'Hi Maria, this is Ava from Bright Dental in Portland. How can we help?',
		);
	});

	it('remembers the name', () => {
		expect(
			talk(DENTIST, ['My name is Sam. Where are you?', 'Hello', 'What is my name?']),
		).toEqual([
			"Nice to meet you, Sam. I'm Ava, the front desk of Bright Dental in Portland.",
			'Hi Sam! This is Ava from Bright Dental in Portland. How can I help?',
			'Your name is Sam.',
		]);
	});

	it('offers a person only where the form of the answer can hand over', () => {
		expect(
			talk(DENTIST, ['Do you do whitening?', 'I want a human', 'Thanks, bye'], false),
		).toEqual([
			'I have no information about that, sorry.',
			"I'm an automated assistant, and I can't fetch a person from here, sorry.",
			'Goodbye!',
		]);
	});
});
