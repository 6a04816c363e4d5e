import { element } from './format.mjs';

const TONES = { answers: 'good', 'presses a key': 'good', 'hangs up': 'bad', rejects: 'bad' };

/** A button for something that a party of a call can do now. Works once: then it is somebody's turn. */
export function deedButton(label, { does }, onClick) {
	const made = element('button', { type: 'button', class: `deed ${TONES[does] ?? ''}` }, label);
	made.addEventListener('click', () => {
		made.disabled = true;
		onClick();
	});
	return made;
}
