import { drawCall } from './call-entry.mjs';
import { describeDelivery, describeUndeliverable, explain } from './explanations.mjs';
import { day, element, moment, segments, time } from './format.mjs';

const FAILED = ['failed', 'undelivered', 'canceled'];

/** Draws messages and calls, oldest first, and keeps what has not changed as it is. */
export function drawConversation(log, { messages, calls }, store, name, onDeed) {
	const present = new Map([...log.children].map((item) => [item.dataset.key, item]));
	const wanted = [];
	let lastDay = null;
	const entries = [
		...messages.map((message) => ({ at: message.createdAt, message })),
		...calls.map((live) => ({ at: live.startedAt, live })),
	].sort((one, other) => one.at.localeCompare(other.at));
	for (const { at, message, live } of entries) {
		const label = day(at);
		if (label !== lastDay)
			wanted.push(['day ' + label, label, () => element('li', { class: 'day' }, label)]);
		lastDay = label;
		if (live) {
			wanted.push([live.sid, JSON.stringify(live), () => drawCall(live, name, onDeed)]);
			continue;
		}
		const deliveries = store.deliveriesOf(message.sid);
		const state = JSON.stringify([message, deliveries.length]);
		wanted.push([message.sid, state, () => drawMessage(message, deliveries)]);
	}
	if (entries.length === 0) wanted.push(['empty', name, () => drawEmpty(name)]);

	const items = wanted.map(([key, state, draw]) => {
		const old = present.get(key);
		if (old?.dataset.state === state) return old;
		const item = draw();
		item.dataset.key = key;
		item.dataset.state = state;
		if (!old && present.size > 0) item.classList.add('fresh');
		return item;
	});
	const same =
		items.length === log.children.length &&
		items.every((item, at) => item === log.children[at]);
	if (same) return;
	log.replaceChildren(...items);
}

function drawEmpty(name) {
	return element(
		'li',
		{ class: 'empty' },
		element('strong', {}, 'No messages yet'),
		`Text or call ${name} to start.`,
	);
}

function drawMessage(message, deliveries) {
	const mine = message.direction === 'inbound';
	const state = mine ? stateOfMine(message, deliveries) : stateOfTheirs(message);
	const classes = ['message', mine ? 'mine' : 'theirs'];
	if (message.automatic) classes.push('automatic');
	if (state.bad) classes.push('failed');
	const meta = element(
		'div',
		{ class: 'meta' },
		...(message.automatic ? [element('span', {}, 'Twilio’s own reply')] : []),
		element(
			'time',
			{ datetime: message.createdAt, title: moment(message.createdAt) },
			time(message.createdAt),
		),
		...describeSize(message).map((words) => element('span', {}, words)),
		element(
			'span',
			{ class: `state ${state.bad ? 'bad' : state.text.toLowerCase()}` },
			state.text,
		),
	);
	return element(
		'li',
		{ class: classes.join(' '), 'data-sid': message.sid, 'data-status': message.status },
		// Sighted people see it from the side and the colour.
		element('p', { class: 'author visually-hidden' }, `${authorOf(message)}:`),
		drawBubble(message),
		meta,
		...state.notes.map(({ tone, text }) => element('p', { class: `note ${tone}` }, text)),
	);
}

/** Twilio does not tell whether a model or a person wrote what came from the number. */
export function authorOf({ direction, automatic }) {
	if (direction === 'inbound') return 'You';
	return automatic ? 'Twilio' : 'The agent';
}

/** The words, and in words what is no words. */
export function describeContent({ body, media }) {
	const pictures =
		media.length === 0 ? [] : [media.length === 1 ? 'a picture' : `${media.length} pictures`];
	return [...pictures, body].filter((part) => part !== '').join(': ');
}

function describeSize({ media, numSegments, encoding }) {
	return media.length > 0 ? ['MMS'] : [segments(numSegments), encoding];
}

function drawBubble(message) {
	const { body, media } = message;
	const whose = message.direction === 'inbound' ? 'from you' : 'from the agent';
	if (media.length === 0) return element('div', { class: 'bubble' }, body);
	const pictures = media.map(({ url, contentType }) =>
		contentType.startsWith('image/')
			? element('img', { src: url, alt: `Picture ${whose}`, loading: 'lazy' })
			: element('a', { href: url }, contentType),
	);
	return element(
		'div',
		{ class: 'bubble picture' },
		...pictures,
		body === '' ? null : element('div', { class: 'caption' }, body),
	);
}

function stateOfMine(message, deliveries) {
	if (message.undeliverable) {
		return {
			text: 'Sent',
			notes: [{ tone: 'warn', text: describeUndeliverable(message.undeliverable) }],
		};
	}
	const notes = deliveries.map(describeDelivery);
	if (deliveries.length === 0) return { text: 'Sending', notes };
	const arrived = deliveries.some(({ errorCode }) => errorCode === null);
	return arrived ? { text: 'Delivered', notes } : { text: 'Failed', bad: true, notes };
}

function stateOfTheirs({ status, errorCode, errorMessage }) {
	if (FAILED.includes(status)) {
		const text =
			status === 'undelivered'
				? 'Not delivered'
				: status === 'failed'
					? 'Failed'
					: 'Canceled';
		const note =
			errorCode === null
				? []
				: [
						{
							tone: 'bad',
							text: `Twilio error ${errorCode}, ${errorMessage}. ${explain(errorCode)}`,
						},
					];
		return { text, bad: true, notes: note };
	}
	const words = { sent: 'Sent', delivered: 'Delivered', scheduled: 'Scheduled' };
	return { text: words[status] ?? 'Sending', notes: [] };
}
