import { setTimeout as pause } from 'node:timers/promises';
import type { Build } from './build';
import { TURNS_PER_CONTACT, type Contacts } from './contacts';
import type { Emulators } from './emulators';
import { now, signText, type Delivered } from './texting';

/** A turn that takes longer is one that got no reply. */
const REPLY_TIMEOUT_MS = 60_000;

export interface Turn extends Delivered {
	/** From sending the webhook until Twilio has the reply; undefined where none comes. */
	replyMs: number | undefined;
}

export interface Load {
	turns: Turn[];
	/** From the first webhook to the last reply. */
	elapsedMs: number;
}

interface Scene {
	emulators: Emulators;
	contacts: Contacts;
}

/** What a contact of a business asks, each time something else. */
const TEXTS = [
	'Hi, my name is Maria',
	'Can I book an appointment?',
	'Wednesday',
	'12 Main Street',
	'How much is it?',
	'Are you open on Saturday?',
	'What is my name?',
	'Thank you',
];

export const textOf = (turn: number): string => TEXTS[turn % TEXTS.length] ?? '';

/** So many texts a second, whatever becomes of the earlier ones; each from a contact of its own. */
export async function steadyLoad(
	scene: Scene,
	build: Build,
	{ perSecond, count }: { perSecond: number; count: number },
): Promise<Load> {
	const replies = awaitReplies(scene.emulators);
	const started = now();
	const turns = Array.from({ length: count }, async (_, index) => {
		await pause(Math.max(0, started + (index * 1_000) / perSecond - now()));
		return await oneTurn(build, scene.contacts.next(), textOf(index), replies);
	});
	return finished(await Promise.all(turns), started, replies);
}

/** So many turns, as fast as they go, with so many under way at a time; a contact waits for the reply. */
export async function saturatingLoad(
	scene: Scene,
	build: Build,
	{ outstanding, count, body }: { outstanding: number; count: number; body?: string },
): Promise<Load> {
	const replies = awaitReplies(scene.emulators);
	const started = now();
	let left = count;
	const turns: Turn[] = [];
	const contact = async () => {
		while (left > 0) {
			const from = scene.contacts.next();
			for (let index = 0; index < TURNS_PER_CONTACT && left > 0; index++) {
				left -= 1;
				turns.push(await oneTurn(build, from, body ?? textOf(index), replies));
			}
		}
	};
	await Promise.all(Array.from({ length: outstanding }, contact));
	return finished(turns, started, replies);
}

function finished(turns: Turn[], started: number, replies: Replies): Load {
	const elapsedMs = now() - started;
	replies.end();
	return { turns, elapsedMs };
}

async function oneTurn(build: Build, from: string, body: string, replies: Replies): Promise<Turn> {
	const text = signText(build, { from, body });
	const reply = build.replies ? replies.next(from) : undefined;
	const delivered = await text.deliver();
	if (delivered.status !== 200) {
		throw new Error(`${build.label} answered a text with ${delivered.status}`);
	}
	const at = await reply;
	return { ...delivered, replyMs: at === undefined ? undefined : at - delivered.sentAt };
}

interface Replies {
	/** When Twilio takes the next text to the contact. Rejects when there is none for a minute. */
	next(contact: string): Promise<number>;
	end(): void;
}

function awaitReplies(emulators: Emulators): Replies {
	const waiting = new Map<string, (at: number) => void>();
	const end = emulators.onOutbound(({ to, at }) => {
		waiting.get(to)?.(at);
		waiting.delete(to);
	});
	return {
		next: (contact) =>
			new Promise((resolve, reject) => {
				const late = () => reject(new Error(`${contact} got no reply`));
				const timer = setTimeout(late, REPLY_TIMEOUT_MS);
				waiting.set(contact, (at) => {
					clearTimeout(timer);
					resolve(at);
				});
			}),
		end,
	};
}
