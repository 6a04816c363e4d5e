/* global document, location, history, localStorage */
import { Announcer } from './announcer.mjs';
import { Composer } from './composer.mjs';
import { drawConversation } from './conversation.mjs';
import { keepEndInSight } from './end-in-sight.mjs';
import { element, phone } from './format.mjs';
import { NetworkDrawer } from './network.mjs';
import { OwnerPhones } from './owner.mjs';
import { dress, drawThreads, nameOf } from './sidebar.mjs';
import { Store, call } from './store.mjs';

const byId = (id) => document.getElementById(id);
const app = byId('app');
const contactSelect = byId('contact');
const contactForm = byId('contact-form');

const query = new URLSearchParams(location.search);
const asNumber = (text) => text?.trim().replace(/^(?=\d)/, '+') || null;
const chosen = {
	contact: asNumber(query.get('contact')) ?? localStorage.getItem('contact'),
	number: asNumber(query.get('number')),
	readUntil: {},
};
const store = new Store();
const composer = new Composer(
	({ body, media }) =>
		call('POST', 'texts', { from: chosen.contact, to: chosen.number, body, media }),
	complain,
);
const network = new NetworkDrawer(complain);
const act = (sid, deed) => call('POST', `live-calls/${sid}/deeds`, deed);
const onDeed = (sid, deed) => void act(sid, deed).catch(({ message }) => complain(message));
const owner = new OwnerPhones(onDeed);
const callButton = byId('call');
const announcer = new Announcer(byId('news'));
const showEnd = keepEndInSight(byId('log'));

/** Everybody the set-up names, and whoever the address bar names beside them. */
function contacts() {
	const known = store.setup.contacts;
	const missing =
		chosen.contact && !known.some(({ phoneNumber }) => phoneNumber === chosen.contact);
	const guest = {
		name: query.get('name') ?? phone(chosen.contact ?? ''),
		phoneNumber: chosen.contact,
	};
	return missing ? [guest, ...known] : known;
}

/** What the owner reads: the name is in their address book, the number is what Twilio shows. */
function nameOfCaller(phoneNumber) {
	return contacts().find((each) => each.phoneNumber === phoneNumber)?.name ?? null;
}

function choose(changes) {
	Object.assign(chosen, changes);
	if (chosen.contact) localStorage.setItem('contact', chosen.contact);
	const search = new URLSearchParams(location.search);
	for (const name of ['contact', 'number']) if (chosen[name]) search.set(name, chosen[name]);
	history.replaceState(null, '', `?${search}`);
	byId('entries').replaceChildren();
	draw();
	showEnd(true);
}

function draw() {
	const people = contacts();
	chosen.contact ??= people[0]?.phoneNumber ?? null;
	const numbers = store.numbers;
	if (!numbers.some(({ phoneNumber }) => phoneNumber === chosen.number)) {
		chosen.number = numbers[0]?.phoneNumber ?? null;
	}
	const number = numbers.find(({ phoneNumber }) => phoneNumber === chosen.number);
	const person = people.find(({ phoneNumber }) => phoneNumber === chosen.contact);
	const messages = number && person ? store.conversation(chosen.contact, chosen.number) : [];
	chosen.readUntil[`${chosen.contact} ${chosen.number}`] = messages.at(-1)?.createdAt;

	drawContacts(people, person);
	drawThreads(byId('threads'), store, chosen, (phoneNumber) => {
		app.dataset.view = 'chat';
		choose({ number: phoneNumber });
		byId('body').focus();
	});
	byId('offline').hidden = store.online;
	drawNote(store.setup.note);
	byId('number-name').textContent = number ? nameOf(number) : 'No number yet';
	byId('number-detail').textContent = number
		? detailOf(number)
		: 'Add a number to the emulated account.';
	if (number) dress(byId('number-avatar'), nameOf(number), number.phoneNumber);
	document.title = number ? `${nameOf(number)}: Phone` : 'Phone';
	const calls = number && person ? store.callsBetween(chosen.contact, chosen.number) : [];
	const name = number ? nameOf(number) : 'it';
	drawConversation(byId('entries'), { messages, calls }, store, name, onDeed);
	owner.draw(calls.at(-1), nameOfCaller);
	callButton.disabled = !number || !person || calls.some(({ ended }) => !ended);
	showEnd();
	composer.ready = Boolean(number && person);
}

/** Where the number is the name, it is not said again. */
function detailOf(number) {
	const own = phone(number.phoneNumber);
	return [own, number.service?.friendlyName]
		.filter((part) => part && part !== nameOf(number))
		.join(' · ');
}

/** What stands between backticks is code, to be copied whole. */
function drawNote(note) {
	const { summary, details } = note ?? { summary: '', details: '' };
	byId('writer').hidden = !note;
	byId('writer-summary').textContent = summary;
	if (byId('writer').dataset.details === details) return;
	byId('writer').dataset.details = details;
	const parts = details
		.split('`')
		.map((part, at) => (at % 2 === 0 ? part : element('code', {}, part)));
	byId('writer-details').replaceChildren(...parts);
}

function drawContacts(people, person) {
	const options = people.map(({ name, phoneNumber }) =>
		element('option', { value: phoneNumber }, name),
	);
	const same =
		options.map(({ value }) => value).join() ===
		[...contactSelect.options].map(({ value }) => value).join();
	if (!same) contactSelect.replaceChildren(...options);
	contactSelect.value = chosen.contact ?? '';
	byId('contact-detail').textContent = phone(chosen.contact ?? '');
	if (person) dress(byId('contact-avatar'), person.name, person.phoneNumber);
}

let toastTimer;
function complain(words) {
	const toast = byId('toast');
	toast.textContent = words;
	toast.hidden = false;
	clearTimeout(toastTimer);
	toastTimer = setTimeout(() => (toast.hidden = true), 6000);
}

function showContactForm(open) {
	contactForm.hidden = !open;
	byId('add-contact').setAttribute('aria-expanded', String(open));
	byId('contact-error').textContent = '';
	if (open) byId('contact-name').focus();
}

callButton.addEventListener('click', () => {
	const parties = { from: chosen.contact, to: chosen.number };
	call('POST', 'live-calls', parties).catch((error) => complain(`Not called: ${error.message}`));
});
contactSelect.addEventListener('change', () => choose({ contact: contactSelect.value }));
byId('add-contact').addEventListener('click', () => showContactForm(contactForm.hidden));
byId('back').addEventListener('click', () => {
	app.dataset.view = 'list';
	byId('threads').querySelector('[aria-current="true"]')?.focus();
});
contactForm.addEventListener('submit', (event) => {
	event.preventDefault();
	const phoneNumber = byId('contact-number').value.replace(/[\s().-]/g, '');
	if (!/^\+[1-9]\d{6,14}$/.test(phoneNumber)) {
		byId('contact-error').textContent =
			'Write the number with + and country code, as in +12065550188.';
		byId('contact-number').focus();
		return;
	}
	const name = byId('contact-name').value.trim() || phone(phoneNumber);
	void call('POST', 'contacts', { name, phoneNumber }).then(
		() => {
			contactForm.reset();
			showContactForm(false);
			choose({ contact: phoneNumber });
		},
		(error) => complain(error.message),
	);
});
store.addEventListener('change', () => {
	draw();
	network.refreshSoon();
	announcer.look(store, chosen);
});
await store.start();
announcer.begin();
byId('body').focus();
