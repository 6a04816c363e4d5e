import { describe, expect, it } from '@jest/globals';
import { reactionOf } from '../../../nodes/shared/messaging/reaction';

describe('reactionOf', () => {
	it.each([
		'Liked “Friday at 9?”',
		'Liked "Friday at 9?"',
		'Loved “one\ntwo”',
		'Disliked “No”',
		'Laughed at “Ha”',
		'Emphasized “Now”',
		'Emphasised “Now”',
		'Questioned “Really?”',
		'Loved an image',
		'Laughed at a movie',
		'Removed a heart from “Friday at 9?”',
		'Removed a question mark from “Friday”',
		'Removed an exclamation from an image',
		'Removed a like from “Friday”',
		'Reacted 👍 to “Friday at 9?”',
		'Reacted ❤️ to an image',
		'Reacted with 🎉 to "We won"',
		'Removed 👍🏽 from “Friday at 9?”',
		'Le gustó “¿El viernes?”',
		'Le encantó una imagen',
		'Le dio risa “Ja”',
		'Exclamó por “Ya”',
		'Reaccionó con 😂 a “Ja”',
		'A aimé « Vendredi ? »',
		'A réagi avec 🔥 à « la photo »',
		'Gefällt „Freitag um 9?“',
		'\u200A\u200B👍\u200B to “\u200AFriday at 9?\u200A”\u200A',
		'\u200ARemoved \u200C👍\u200C from “\u200AFriday at 9?\u200A”\u200A',
		'\u200A\u200B👍\u200B zu „\u200AFreitag?\u200A“\u200A',
		'👍 to “Friday at 9?”',
		' Liked “Friday at 9?” ',
	])('takes %j for a tapback', (body) => {
		expect(reactionOf(body)).toBe('tapback');
	});

	it.each([
		'I’m driving with Focus turned on. I’ll see your message when I get where I’m going.',
		"I'm driving with Do Not Disturb While Driving turned on. I'll see your message when I get where I'm going.",
		'(I’m not receiving notifications. If this is urgent, reply “urgent” to send a notification through with your original message.)',
		"I'm driving right now - I'll get back to you later.",
		'Auto-reply: I am away until Monday.',
		'[Auto Reply] I am in a meeting',
		'Automatic reply: Out of office',
		'Out of office: back on Monday',
		'This is an automated response. Do not reply.',
		'Automatische Antwort: Ich bin im Urlaub',
	])('takes %j for an automatic answer', (body) => {
		expect(reactionOf(body)).toBe('automatic');
	});

	it.each([
		'',
		'👍',
		'Yes',
		'Liked it',
		'Loved it, thank you!',
		'Loved the movie “Dune”',
		'Liked “Dune”, you should see it',
		'I loved “Friday at 9?”',
		'Loved an image of yours, can I have it?',
		'Reacted badly to “Aspirin”',
		'Removed a tooth from “the left side”',
		'Questioned by the police',
		"I'm driving right now, can you call me?",
		'Out of office until Monday, can we do Tuesday?',
		'Auto repair shop?',
		'Meet me to "talk"',
		'A aimé le film',
	])('takes %j for what a person says', (body) => {
		expect(reactionOf(body)).toBeUndefined();
	});
});
