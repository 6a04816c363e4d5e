/* global document */
import { element } from './format.mjs';
import { call } from './store.mjs';

const SEND = { method: 'POST', path: '/Messages\\.json$' };

/** `on` is the path of the control API that keeps this fault. */
const GROUPS = [
	[
		'The next message n8n sends',
		[
			{
				id: '429',
				name: 'Refused: too many requests',
				detail: 'Twilio answers 429 and sends nothing.',
				on: 'faults',
				fault: { kind: '429', ...SEND },
			},
			{
				id: '500',
				name: 'Server error',
				detail: 'Twilio answers 500 and sends nothing.',
				on: 'faults',
				fault: { kind: '500', ...SEND },
			},
			{
				id: 'hang-after-accept',
				name: 'Sent, but the answer never comes',
				detail: 'n8n times out although the message went out.',
				on: 'faults',
				fault: { kind: 'hang-after-accept', ...SEND },
			},
			{
				id: '500-after-accept',
				name: 'Sent, but answered 500',
				detail: 'A blind retry would text twice.',
				on: 'faults',
				fault: { kind: '500-after-accept', ...SEND },
			},
			{
				id: 'reset',
				name: 'Connection lost',
				detail: 'The line breaks before Twilio has accepted.',
				on: 'faults',
				fault: { kind: 'reset', ...SEND },
			},
			{
				id: 'undelivered',
				name: 'Not delivered (30003)',
				detail: 'Twilio sends it; your phone is off.',
				on: 'faults',
				fault: { kind: 'undelivered', code: 30003 },
			},
		],
	],
	[
		'Your next text',
		[
			{
				id: 'duplicate-webhook',
				name: 'Arrives twice',
				detail: 'Twilio calls the webhook two times at once.',
				on: 'faults',
				fault: { kind: 'duplicate-webhook', factor: 2 },
			},
			{
				id: 'webhook-response-lost',
				name: 'n8n’s answer gets lost',
				detail: 'n8n has the text; Twilio thinks it has not.',
				on: 'faults',
				fault: { kind: 'webhook-response-lost' },
			},
		],
	],
	[
		'The model',
		[
			{
				id: 'model-500',
				name: 'Model down',
				detail: 'Every request fails until you switch this off.',
				on: 'model/faults',
				fault: { kind: '500', times: 1_000_000 },
			},
			{
				id: 'model-delay',
				name: 'Next answer takes 8 seconds',
				detail: 'Text again meanwhile and see one reply to both.',
				on: 'model/faults',
				fault: { kind: 'delay', ms: 8000 },
			},
			{
				id: 'model-malformed',
				name: 'Next answer is cut off',
				detail: 'Broken JSON, as at a token limit.',
				on: 'model/faults',
				fault: { kind: 'malformed-json' },
			},
		],
	],
];
const ALL = GROUPS.flatMap(([, faults]) => faults);

/** The drawer with one switch per fault. Switches follow the emulators, which forget a fault once used. */
export class NetworkDrawer {
	#root = document.getElementById('network');
	#button = document.getElementById('network-button');
	#badge = document.getElementById('network-badge');
	#inputs = new Map();
	#timer;
	/** How often something was switched. */
	#switched = 0;

	constructor(onProblem) {
		this.onProblem = onProblem;
		document.getElementById('faults').append(...GROUPS.map((group) => this.#drawGroup(group)));
		this.#button.addEventListener('click', () => this.toggle(this.#root.hidden));
		document
			.getElementById('network-close')
			.addEventListener('click', () => this.toggle(false));
		document.getElementById('faults-clear').addEventListener('click', () => this.#clear());
		this.#root.addEventListener('keydown', ({ key }) => key === 'Escape' && this.toggle(false));
		setInterval(() => (this.#active > 0 || !this.#root.hidden) && this.refresh(), 1500);
		void this.refresh();
	}

	toggle(open) {
		this.#root.hidden = !open;
		this.#button.setAttribute('aria-expanded', String(open));
		if (open) document.getElementById('network-close').focus();
		else this.#button.focus();
		if (open) void this.refresh();
	}

	/** For many changes in a row. */
	refreshSoon() {
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => void this.refresh(), 150);
	}

	/** Reads which faults are still waiting to happen. */
	async refresh() {
		const before = this.#switched;
		const kinds = {};
		for (const on of new Set(ALL.map((each) => each.on))) {
			const pending = await call('GET', on).catch(() => null);
			kinds[on] = pending?.map(({ kind }) => kind) ?? null;
		}
		// What was read before a switch knows nothing of it.
		if (this.#switched !== before) return;
		for (const { id, on, fault } of ALL) {
			const input = this.#inputs.get(id);
			input.checked = kinds[on]?.includes(fault.kind) ?? false;
			input.closest('.fault').hidden = kinds[on] === null;
		}
		for (const group of this.#root.querySelectorAll('.fault-group')) {
			group.hidden = !group.querySelector('.fault:not([hidden])');
		}
		this.#badge.hidden = this.#active === 0;
		this.#badge.textContent = String(this.#active);
		this.#button.setAttribute(
			'aria-label',
			this.#active === 0 ? 'Network' : `Network, ${this.#active} faults on`,
		);
	}

	get #active() {
		return [...this.#inputs.values()].filter(({ checked }) => checked).length;
	}

	#drawGroup([title, faults]) {
		const rows = faults.map((each) => {
			const input = element('input', {
				type: 'checkbox',
				role: 'switch',
				id: `fault-${each.id}`,
				'aria-describedby': `detail-${each.id}`,
			});
			input.addEventListener('change', () => this.#switch(each, input.checked));
			this.#inputs.set(each.id, input);
			return element(
				'label',
				{ class: 'fault' },
				element('span', { class: 'fault-name' }, each.name),
				element('span', { class: 'fault-detail', id: `detail-${each.id}` }, each.detail),
				input,
			);
		});
		return element('fieldset', { class: 'fault-group' }, element('legend', {}, title), ...rows);
	}

	async #switch({ on, fault }, wanted) {
		this.#switched += 1;
		try {
			if (wanted) await call('POST', on, fault);
			else await call('DELETE', `${on}?kind=${fault.kind}`);
		} catch (error) {
			this.onProblem(error.message);
		}
		await this.refresh();
	}

	async #clear() {
		await Promise.allSettled([call('DELETE', 'faults'), call('DELETE', 'model/faults')]);
		this.#switched += 1;
		await this.refresh();
	}
}
