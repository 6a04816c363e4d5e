/* global document, FileReader */
import { segments } from './format.mjs';
import { countSegments } from './segments.mjs';

const MAX_BODY = 1600;
const MAX_PICTURE = 5 * 1024 * 1024;

const form = document.getElementById('compose');
const body = document.getElementById('body');
const send = document.getElementById('send');
const counter = document.getElementById('counter');
const file = document.getElementById('file');
const attachment = document.getElementById('attachment');
const image = document.getElementById('attachment-image');

/** The box to write in: grows with the text, counts segments, takes one picture. */
export class Composer {
	#picture = null;
	#ready = false;

	/** `onSend({ body, media })` rejects when the text did not get out: the words then come back. */
	constructor(onSend, onProblem) {
		this.onSend = onSend;
		this.onProblem = onProblem;
		body.addEventListener('input', () => this.refresh());
		body.addEventListener('keydown', (event) => {
			if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
			event.preventDefault();
			form.requestSubmit();
		});
		body.addEventListener('paste', ({ clipboardData }) => {
			const [pasted] = clipboardData?.files ?? [];
			if (pasted) void this.#attach(pasted);
		});
		form.addEventListener('submit', (event) => {
			event.preventDefault();
			void this.#submit();
		});
		document.getElementById('attach').addEventListener('click', () => file.click());
		file.addEventListener('change', () => file.files[0] && this.#attach(file.files[0]));
		document.getElementById('attachment-remove').addEventListener('click', () => {
			this.#setPicture(null);
			body.focus();
		});
	}

	/** Whether there is anybody to text. */
	set ready(ready) {
		this.#ready = ready;
		this.refresh();
	}

	refresh() {
		body.style.height = 'auto';
		body.style.height = `${body.scrollHeight + 2}px`;
		const { numSegments, encoding, units, capacity } = countSegments(body.value);
		const over = body.value.length > MAX_BODY;
		counter.className = `counter ${over ? 'over' : numSegments > 3 ? 'many' : ''}`;
		counter.textContent =
			body.value === ''
				? ''
				: `${units}/${capacity} · ${segments(numSegments)} · ${encoding}${over ? ' · over 1,600 characters' : ''}`;
		send.disabled = !this.#ready || over || (body.value.trim() === '' && !this.#picture);
	}

	async #submit() {
		if (send.disabled) return;
		const text = body.value;
		const picture = this.#picture;
		body.value = '';
		this.#setPicture(null);
		body.focus();
		try {
			await this.onSend({ body: text, media: picture ? [picture] : [] });
		} catch (error) {
			if (body.value === '') body.value = text;
			this.#setPicture(picture);
			this.onProblem(`Not sent: ${error.message}`);
		}
	}

	async #attach(picked) {
		if (!picked.type.startsWith('image/'))
			return this.onProblem('Only pictures can be attached.');
		if (picked.size > MAX_PICTURE) return this.onProblem('The picture is over 5 MB.');
		const url = await new Promise((resolve, reject) => {
			const reader = new FileReader();
			reader.onload = () => resolve(reader.result);
			reader.onerror = () => reject(reader.error);
			reader.readAsDataURL(picked);
		});
		this.#setPicture({ contentType: picked.type, base64: url.slice(url.indexOf(',') + 1) });
		body.focus();
	}

	#setPicture(picture) {
		this.#picture = picture;
		file.value = '';
		attachment.hidden = !picture;
		if (picture) image.src = `data:${picture.contentType};base64,${picture.base64}`;
		this.refresh();
	}
}
