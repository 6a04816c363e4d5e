import { setTimeout as pause } from 'node:timers/promises';
import { poll } from '../../../harness/poll';
import type { Line } from './line';
import type { Trouble } from './trouble';

const MINUTE_MS = 60_000;
/** Twilio's list shows for certain after two minutes whether a text was taken. */
const UNCERTAIN_MS = 4 * MINUTE_MS;
const STORE_MS = 2 * MINUTE_MS;
const MODEL_MS = 2 * MINUTE_MS;
/** Nobody is handed over before that. */
const FIRST_TRIES_MS = 4 * MINUTE_MS;
const SENDING = { method: 'POST', path: /Messages\.json$/, times: Infinity };

/** Half of what it answers so it has taken all the same. */
export function twilioAnswers500(contacts: number): Trouble {
	return {
		name: `Twilio answers 500 to 30 % of the replies to ${contacts} contacts`,
		withinMs: UNCERTAIN_MS,
		async after(line) {
			const { faults } = line.e2e.twilio;
			faults.next({ kind: '500', share: 0.15, ...SENDING });
			faults.next({ kind: '500-after-accept', share: 0.18, ...SENDING });
			await textAndBeAnswered(line, contacts);
			faults.clear();
		},
	};
}

/** Half of what it does not answer it has taken all the same. */
export function twilioIsSilent(contacts: number): Trouble {
	return {
		name: `Twilio does not answer 20 % of the replies to ${contacts} contacts`,
		withinMs: UNCERTAIN_MS,
		async after(line) {
			const { faults } = line.e2e.twilio;
			faults.next({ kind: 'hang', share: 0.1, ...SENDING });
			faults.next({ kind: 'hang-after-accept', share: 0.11, ...SENDING });
			await textAndBeAnswered(line, contacts);
			faults.clear();
		},
	};
}

/** All text, and a send is attempted for each of them. */
async function textAndBeAnswered(line: Line, contacts: number): Promise<void> {
	await line.text(line.texting.newContacts(contacts));
	await poll(
		'a reply to everybody to be sent',
		() => {
			const sends = line.e2e.twilio.requests.filter(
				({ method, path }) => method === 'POST' && SENDING.path.test(path),
			);
			const people = new Set(sends.map(({ params }) => String(params['To'])));
			return people.size >= contacts || undefined;
		},
		{ timeoutMs: MINUTE_MS },
	);
}

/**
 * The model answers 500 for a while, in which so many text each second; what that costs in requests
 * is limited.
 */
export function modelDown(perSecond: number, forMs: number, mostCalls: number): Trouble {
	const name = `the model down under ${perSecond} texts a second`;
	let calls = 0;
	return {
		name,
		withinMs: MODEL_MS,
		// Who has waited through all tries is given to a person.
		mayHandOver: forMs > FIRST_TRIES_MS,
		async after(line) {
			const { texting } = line;
			const { model } = line.e2e;
			model.faults.next({ kind: '500', times: Infinity });
			const before = model.requests.length;
			const texts: Array<Promise<void>> = [];
			try {
				for (let ms = 0; ms < forMs; ms += 1_000 / perSecond) {
					texts.push(line.text(texting.newContacts(1)));
					await pause(1_000 / perSecond);
				}
				await Promise.all(texts);
			} finally {
				calls = model.requests.length - before;
				model.faults.clear();
				process.stdout.write(`    ${name}: it was asked ${calls} times\n`);
			}
		},
		async check() {
			return calls > mostCalls
				? [
						`the model was asked ${calls} times while it was down, at most ${mostCalls} wanted`,
					]
				: [];
		},
	};
}

/** While the place of the threads is down, Twilio's requests are answered with 503. */
export function storeAway(contacts: number, forMs: number): Trouble {
	return {
		name: `the thread store down while ${contacts} contacts text`,
		line: { ownServer: true },
		withinMs: STORE_MS,
		async after(line) {
			if (!line.server) throw new Error('There is no store server to take away');
			await line.server.kill();
			const away = pause(forMs);
			await line.textInVain(line.texting.newContacts(contacts));
			await away;
			await line.server.bringBack();
		},
	};
}
