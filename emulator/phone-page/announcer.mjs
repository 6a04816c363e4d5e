import { describeCall } from './call-entry.mjs';
import { authorOf, describeContent } from './conversation.mjs';
import { element, time } from './format.mjs';
import { nameOf } from './sidebar.mjs';

/** Of those before, so many stay: a screen reader may still be at them. */
const KEPT = 5;

/**
 * Says new texts to screen readers, each once, with who wrote it, and how a call goes on. What one
 * writes oneself is no news.
 */
export class Announcer {
	#seen = new Set();
	#began = false;

	constructor(region) {
		this.region = region;
	}

	/** What is there by now is no news. */
	begin() {
		this.#began = true;
	}

	look(store, { contact, number }) {
		this.#lookAtTexts(store, { contact, number });
		const ours = store.numbers.find(({ phoneNumber }) => phoneNumber === number);
		for (const live of store.callsBetween(contact, number)) {
			for (const words of describeCall(live, ours ? nameOf(ours) : 'it')) {
				const key = `${live.sid} ${words}`;
				if (this.#began && !this.#seen.has(key)) this.#say(words);
				this.#seen.add(key);
			}
		}
	}

	#lookAtTexts(store, { contact, number }) {
		for (const message of store.messages.values()) {
			const { sid, direction, from, to } = message;
			// A Messaging Service has yet to choose who it comes from.
			if (this.#seen.has(sid) || !from) continue;
			this.#seen.add(sid);
			if (!this.#began || direction === 'inbound' || to !== contact) continue;
			const sender = store.numbers.find(({ phoneNumber }) => phoneNumber === from);
			const where = from === number || !sender ? '' : ` on ${nameOf(sender)}`;
			this.#say(
				`${authorOf(message)}${where}, ${time(message.createdAt)}: ${describeContent(message)}`,
			);
		}
	}

	#say(words) {
		this.region.append(element('p', {}, words));
		while (this.region.children.length > KEPT) this.region.firstElementChild.remove();
	}
}
