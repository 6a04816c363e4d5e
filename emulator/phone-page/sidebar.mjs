/* global document, CSS */
import { element, hue, initials, phone, time } from './format.mjs';

/** The list of numbers, each with the latest message between it and this contact. */
export function drawThreads(list, store, { contact, number, readUntil }, onChoose) {
	const focused = document.activeElement?.dataset?.number;
	const items = store.numbers.map((each) => {
		const messages = store.conversation(contact, each.phoneNumber);
		const last = messages.at(-1);
		const current = each.phoneNumber === number;
		const unread = current
			? 0
			: countUnread(messages, readUntil[`${contact} ${each.phoneNumber}`]);
		const name = nameOf(each);
		const button = element(
			'button',
			{
				type: 'button',
				class: 'thread',
				'aria-current': current ? 'true' : false,
				'data-number': each.phoneNumber,
			},
			avatar(name, each.phoneNumber),
			element(
				'span',
				{},
				element('div', { class: 'thread-name' }, name),
				element('div', { class: 'thread-preview' }, preview(last, each)),
			),
			element(
				'span',
				{ class: 'thread-side' },
				last ? time(last.createdAt) : '',
				unread === 0
					? null
					: element(
							'span',
							{ class: 'unread' },
							String(unread),
							element('span', { class: 'visually-hidden' }, ' unread'),
						),
			),
		);
		button.addEventListener('click', () => onChoose(each.phoneNumber));
		return element('li', {}, button);
	});
	list.replaceChildren(...items);
	if (focused) list.querySelector(`[data-number="${CSS.escape(focused)}"]`)?.focus();
}

export function nameOf(number) {
	return number.friendlyName === number.phoneNumber
		? phone(number.phoneNumber)
		: number.friendlyName;
}

export function avatar(name, seed) {
	const made = element('span', { class: 'avatar', 'aria-hidden': 'true' });
	dress(made, name, seed);
	return made;
}

export function dress(made, name, seed) {
	made.style.setProperty('--hue', hue(seed));
	made.textContent = /\p{L}/u.test(name) ? initials(name) : seed.slice(-2);
}

function preview(message, number) {
	if (!message)
		return nameOf(number) === phone(number.phoneNumber)
			? 'No messages yet'
			: phone(number.phoneNumber);
	const words = message.body || 'Picture';
	return message.direction === 'inbound' ? `You: ${words}` : words;
}

function countUnread(messages, since = '') {
	return messages.filter(
		({ direction, createdAt }) => direction !== 'inbound' && createdAt > since,
	).length;
}
