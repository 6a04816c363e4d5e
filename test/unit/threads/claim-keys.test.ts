import { describe, expect, it } from '@jest/globals';
import { claimKeys } from '../../../nodes/shared/threads/claim-keys';

/** What an id could be at its worst: empty, of colons, or the beginning of another kind's key. */
const HOSTILE = ['', ':', 'once:', 'lease:AC', 'AC:agent:+14155550123'];

/** Every kind of key, made of hostile parts. */
const keysOf: { [kind in keyof typeof claimKeys]: (part: string, other: string) => string } = {
	lease: (part) => claimKeys.lease(part),
	speaking: (part) => claimKeys.speaking(part),
	composing: (part, other) => claimKeys.composing(part, other),
	ownerTold: (part, other) => claimKeys.ownerTold(part, other, part),
	ownersText: (part) => claimKeys.ownersText(part),
	ownersRelay: (part) => claimKeys.ownersRelay(part),
	ownersAnswer: (part) => claimKeys.ownersAnswer(part),
	firstText: (part, other) => claimKeys.firstText(part, '', other),
	handOver: (part, other) => claimKeys.handOver(part, other),
	listedMessage: (part) => claimKeys.listedMessage(part),
	answer: (part, other) => claimKeys.answer(part, other, part),
	send: (part, other) => claimKeys.send(part, other, part),
	sendOncePer: (part, other) => claimKeys.sendOncePer(part, other, part),
	optOutConfirmation: (part, other) => claimKeys.optOutConfirmation(part, other),
	call: (part, other) => claimKeys.call(part, other),
	catchUp: (part) => claimKeys.catchUp(part),
	refused: (part) => claimKeys.refused(part),
	queueProbe: (part) => claimKeys.queueProbe(part),
	allowance: (part, other) => claimKeys.allowance('text', part, other),
	ending: (part, other) => claimKeys.ending(part, other),
	idleText: (part, other) => claimKeys.idleText(part, other),
	missedCall: (part) => claimKeys.missedCall(part),
};

describe('the keys of claims', () => {
	it('of two kinds are never the same', () => {
		const kindsOf = new Map<string, Set<string>>();
		for (const [kind, keyOf] of Object.entries(keysOf)) {
			for (const part of HOSTILE) {
				for (const other of HOSTILE) {
					const key = keyOf(part, other);
					kindsOf.set(key, (kindsOf.get(key) ?? new Set()).add(kind));
				}
			}
		}
		expect([...kindsOf].filter(([, kinds]) => kinds.size > 1)).toEqual([]);
	});

	it('begin with a word of their own, up to the first colon', () => {
		const words = Object.values(keysOf).map((keyOf) => keyOf('x', 'y').split(':')[0]);
		expect(new Set(words).size).toBe(words.length);
	});

	it('name one thing each', () => {
		const ids = ['1', '2'];
		for (const keyOf of Object.values(keysOf)) {
			expect(new Set(ids.map((id) => keyOf(id, id))).size).toBe(ids.length);
		}
	});
});
