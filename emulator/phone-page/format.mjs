/* global document */
export function phone(number) {
	const us = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number);
	return us ? `(${us[1]}) ${us[2]}-${us[3]}` : number;
}

export function initials(name) {
	const letters = name.match(/\b\p{L}/gu) ?? ['#'];
	return (letters[0] + (letters.length > 1 ? letters.at(-1) : '')).toUpperCase();
}

export function hue(text) {
	return [...text].reduce((sum, each) => (sum * 31 + each.codePointAt(0)) % 360, 7);
}

export function time(date) {
	return new Date(date).toLocaleTimeString([], { hour: 'numeric', minute: '2-digit' });
}

/** Day and time, for where neither is beside it. */
export function moment(date) {
	return new Date(date).toLocaleString([], { dateStyle: 'full', timeStyle: 'short' });
}

export function day(date) {
	const then = new Date(date).toDateString();
	const ago = (days) => new Date(Date.now() - days * 86_400_000).toDateString();
	if (then === ago(0)) return 'Today';
	if (then === ago(1)) return 'Yesterday';
	return new Date(date).toLocaleDateString([], {
		weekday: 'long',
		month: 'long',
		day: 'numeric',
	});
}

export function segments(count) {
	return `${count} ${count === 1 ? 'segment' : 'segments'}`;
}

/** element('p', { class: 'note' }, 'text', childElement) */
export function element(name, attributes = {}, ...children) {
	const made = document.createElement(name);
	for (const [key, value] of Object.entries(attributes)) {
		if (value === true) made.setAttribute(key, '');
		else if (value !== undefined && value !== false && value !== null)
			made.setAttribute(key, value);
	}
	made.append(...children.filter((child) => child !== null));
	return made;
}
