/* global document */
import { drawHeard } from './call-entry.mjs';
import { deedButton } from './deed-button.mjs';
import { element, phone } from './format.mjs';

const STATES = {
	ringing: 'Incoming call',
	asked: 'Picked up',
	talking: 'In the call',
	rejected: 'Rejected',
	missed: 'Missed call',
	ended: 'Call ended',
};
const LABELS = {
	answers: 'Answer',
	rejects: 'Reject',
	'rings out': 'Let it ring out',
	'presses a key': 'Press 1',
	'hangs up': 'Hang up',
};

/** The phones that the latest call of a conversation rings; nothing is shown before one does. */
export class OwnerPhones {
	#root = document.getElementById('owner');
	#list = document.getElementById('owner-phones');
	#shown = '';
	#closed = null;
	#live;

	constructor(onDeed) {
		this.onDeed = onDeed;
		document.getElementById('owner-close').addEventListener('click', () => this.#close());
		this.#root.addEventListener('keydown', ({ key }) => key === 'Escape' && this.#close());
	}

	#close() {
		this.#closed = this.#live?.sid ?? null;
		this.#root.hidden = true;
		document.getElementById('call').focus();
	}

	draw(live, nameOfCaller) {
		this.#live = live;
		this.#root.hidden = !live || live.phones.length === 0 || live.sid === this.#closed;
		const shown = JSON.stringify(live ?? null);
		if (shown === this.#shown) return;
		this.#shown = shown;
		const phones = (live?.phones ?? []).map((each) =>
			this.#drawPhone(live, each, nameOfCaller),
		);
		this.#list.replaceChildren(...phones);
	}

	#drawPhone({ sid, offers }, { phoneNumber, shownAs, state, heard }, nameOfCaller) {
		const deeds = offers.filter(({ by }) => by === phoneNumber);
		const name = nameOfCaller(shownAs);
		return element(
			'li',
			{ class: `owner-phone ${state}` },
			element(
				'p',
				{ class: 'owner-number' },
				element('span', { class: 'visually-hidden' }, 'The owner’s phone '),
				phone(phoneNumber),
			),
			element('p', { class: 'owner-state' }, STATES[state]),
			element('p', { class: 'owner-caller' }, name ?? phone(shownAs)),
			name ? element('p', { class: 'owner-caller-number' }, phone(shownAs)) : null,
			...heard.map((words) => drawHeard('The owner hears', words)),
			element(
				'div',
				{ class: 'deeds' },
				...deeds.map((deed) =>
					deedButton(LABELS[deed.does], deed, () => this.onDeed(sid, deed)),
				),
			),
		);
	}
}
