/* global EventSource */
/** What the page knows: the set-up, all messages, calls and webhook deliveries, kept up to date. */
export class Store extends EventTarget {
	setup = { accounts: [], contacts: [] };
	messages = new Map();
	deliveries = new Map();
	calls = new Map();
	online = false;

	async start() {
		const events = new EventSource('/_emulator/events');
		events.addEventListener('open', () => this.#reload());
		events.addEventListener('error', () => this.#set('online', false));
		events.addEventListener('setup', () => this.#reload());
		events.addEventListener('message', ({ data }) => {
			const message = JSON.parse(data);
			const isNew = !this.messages.has(message.sid);
			this.messages.set(message.sid, message);
			this.#heard({ message, isNew });
		});
		events.addEventListener('call', ({ data }) => {
			const live = JSON.parse(data);
			this.calls.set(live.sid, live);
			this.#heard({});
		});
		events.addEventListener('delivery', ({ data }) => {
			this.#addDelivery(JSON.parse(data));
			this.#heard({});
		});
		await this.#reload();
	}

	get numbers() {
		return this.setup.accounts.flatMap(({ numbers, services, friendlyName }) =>
			numbers.map((number) => ({
				...number,
				account: friendlyName,
				service: services.find(({ sid }) => sid === number.messagingServiceSid) ?? null,
			})),
		);
	}

	/** Oldest first. */
	conversation(contact, number) {
		return [...this.messages.values()].filter(({ direction, from, to }) =>
			direction === 'inbound'
				? from === contact && to === number
				: to === contact && from === number,
		);
	}

	/** Those that this contact placed to this number, oldest first. */
	callsBetween(contact, number) {
		return [...this.calls.values()].filter(({ from, to }) => from === contact && to === number);
	}

	/** Only webhooks about texts that came in. */
	deliveriesOf(sid) {
		return (this.deliveries.get(sid) ?? []).filter(({ kind }) => kind === 'inbound');
	}

	#loading = null;
	#again = false;
	/** One reload at a time; a change during it leads to one more. */
	async #reload() {
		if (this.#loading) {
			this.#again = true;
			return await this.#loading;
		}
		this.#loading = this.#load();
		await this.#loading;
		this.#loading = null;
		if (this.#again) {
			this.#again = false;
			await this.#reload();
		}
	}

	async #load() {
		try {
			const [setup, messages, deliveries, calls] = await Promise.all(
				['setup', 'messages', 'deliveries', 'live-calls'].map((name) => call('GET', name)),
			);
			this.setup = setup;
			this.messages = new Map(messages.map((message) => [message.sid, message]));
			this.calls = new Map(calls.map((live) => [live.sid, live]));
			this.deliveries = new Map();
			for (const delivery of deliveries) this.#addDelivery(delivery);
			this.online = true;
		} catch {
			this.online = false;
		}
		this.#changed({});
	}

	#addDelivery(delivery) {
		const known = this.deliveries.get(delivery.messageSid) ?? [];
		this.deliveries.set(delivery.messageSid, [...known, delivery]);
	}

	/** What a reload that is under way brings may be older, and takes the place of this. */
	#heard(detail) {
		if (this.#loading) this.#again = true;
		this.#changed(detail);
	}

	#set(name, value) {
		this[name] = value;
		this.#changed({});
	}

	#changed(detail) {
		this.dispatchEvent(new CustomEvent('change', { detail }));
	}
}

/** The control API. Rejects with the server's reason. */
export async function call(method, path, body) {
	const response = await fetch(`/_emulator/${path}`, {
		method,
		...(body === undefined
			? {}
			: { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
	});
	const answer = response.status === 204 ? null : await response.json();
	if (!response.ok) throw new Error(answer?.error ?? `HTTP ${response.status}`);
	return answer;
}
