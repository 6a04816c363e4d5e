import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks';
import { liveThreadsOf } from '../../nodes/shared/threads/stores/static-data/live-threads';
import { systemClock } from '../../nodes/shared/n8n/host/system-clock';
import { SeededRandom } from '../faults/support/seeded-random';
import { consentOf } from '../support/contact-state';
import { callForm, openCallBench } from './support/call-bench';
import { listenWebhook, type ListeningWebhook } from './support/call-webhook';
import { everyRecut, inOrder, recutsByName, rowOf, type Cut } from './support/recuts';
import { textForm, type TextForm } from './support/signed-text';
import { threadsInWorkflow } from './support/threads-in-workflow';
import { openTriggerBench, type TriggerBench } from './support/trigger-bench';

jest.setTimeout(600_000);

const MOST_SENT = 1_000;
const FORGED = `SM${'f'.repeat(32)}`;

/** A text that holds a whole form: whoever writes it and sees its request knows all that is signed. */
const A_FORM =
	`STOPFrom+19998887777MessageSid${FORGED}NumMedia0NumSegments1` +
	`SmsMessageSid${FORGED}SmsSid${FORGED}SmsStatusreceivedTo+14155550100ToZip`;

const BODIES = [
	"STOPping by. Don't call me before Five, Call Maria",
	'StopErrorUrlhttps://evil.example/ErrorCode11200',
	'STOPover\nFromCityOakland',
	`STOPMessageSid${FORGED}`,
	A_FORM,
];

/** Those that Twilio sends with a text, or might. */
const NAMES = [
	...['AccountSid', 'ApiVersion', 'Body', 'ButtonText', 'ErrorCode', 'ErrorUrl', 'From'],
	...['FromCity', 'FromCountry', 'FromState', 'FromZip', 'MediaUrl0', 'MessageSid'],
	...['MessagingServiceSid', 'NumMedia', 'NumSegments', 'OptOutType', 'SmsMessageSid'],
	...['SmsSid', 'SmsStatus', 'To', 'ToCity', 'ToCountry', 'ToState', 'ToZip'],
];

function wholeForm(accountSid: string, Body: string): TextForm {
	return textForm(accountSid, {
		Body,
		MessagingServiceSid: `MG${'5'.repeat(32)}`,
		...{ FromCity: 'OAKLAND', FromState: 'CA', FromZip: '94607', FromCountry: 'US' },
		...{ ToCity: 'Fort Worth', ToState: 'TX', ToZip: '76101', ToCountry: 'US' },
	});
}

/** As many as can be sent in a while, the same each time; the rest differ little from these. */
function some(cuts: Iterable<Cut>, random: SeededRandom): Cut[] {
	const kept: Cut[] = [];
	let seen = 0;
	for (const cut of cuts) {
		seen += 1;
		if (kept.length < MOST_SENT) kept.push(cut);
		else {
			const place = random.between(0, seen - 1);
			if (place < MOST_SENT) kept[place] = cut;
		}
	}
	return kept;
}

async function sendAll(
	webhook: ListeningWebhook,
	signature: string,
	cuts: readonly Cut[],
): Promise<Map<number, number>> {
	const statuses = new Map<number, number>();
	for (const cut of cuts) {
		const form = cut.map(([name, value]): [string, string] => [name, value]);
		const answer = await webhook.call({ form, headers: { 'x-twilio-signature': signature } });
		statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
	}
	return statuses;
}

describe('the signature of a text, over a form that is cut anew', () => {
	let bench: TriggerBench;
	let webhook: ListeningWebhook;
	let workflows = 0;
	beforeEach(async () => {
		bench = await openTriggerBench();
	});
	afterEach(async () => {
		await webhook.close();
		await bench.close();
	});

	it.each(BODIES)('takes in no second text and no word of consent: %j', async (body) => {
		const workflowId = `recut-${workflows++}`;
		webhook = await listenWebhook(bench.setup({}, { workflowId }));
		const { accountSid, authToken } = bench.account;
		const form = wholeForm(accountSid, body);
		const signature = getExpectedTwilioSignature(authToken, webhook.url, form);
		await sendAll(webhook, signature, [inOrder(form)]);

		const random = new SeededRandom(7);
		const byName = recutsByName(form, NAMES, () => random.next() < 0.8, 500);
		const cuts = [...some(everyRecut(form), random), ...byName];
		const row = rowOf(inOrder(form));
		expect(cuts.every((cut) => rowOf(cut) === row)).toBe(true);
		const statuses = await sendAll(webhook, signature, cuts);

		// All were signed: what refuses them is the cut. Some part nothing but the words.
		expect([...statuses.keys()].filter((status) => ![200, 400, 403].includes(status))).toEqual(
			[],
		);
		const started = webhook.ended.filter(({ result }) => result?.workflowData);
		expect(started).toHaveLength(1);
		const { threads } = liveThreadsOf(workflowId);
		const [[threadId = '', thread] = []] = threads;
		expect(threads.size).toBe(1);
		expect(thread?.messages.map(({ messageSid }) => messageSid)).toEqual([form['MessageSid']]);
		const kept = { store: threadsInWorkflow(workflowId), clock: systemClock };
		expect(await consentOf(kept, threadId)).toEqual({ status: 'unknown' });
	});
});

describe('the signature of a call, over a form that is cut anew', () => {
	it('tells of no second call', async () => {
		const bench = await openCallBench();
		try {
			const trigger = await bench.publish();
			const { accountSid, authToken } = bench.account;
			const form = callForm(accountSid, {
				CallStatus: 'completed',
				CallerName: 'Digits1 To Sid',
				...{ FromCity: 'OAKLAND', FromState: 'CA', FromCountry: 'US' },
			}) as TextForm;
			const signature = getExpectedTwilioSignature(authToken, trigger.url, form);
			const cuts = some(everyRecut(form), new SeededRandom(7));
			for (let at = 0; at < cuts.length; at += 100) {
				const some = [inOrder(form), ...cuts.slice(at, at + 100)];
				const sent = Promise.all(
					some.map(async (cut) => sendAll(trigger, signature, [cut])),
				);
				await trigger.started();
				await sent;
			}
			const started = await trigger.started();
			expect(started.map(({ callSid }) => callSid)).toEqual([form['CallSid']]);
		} finally {
			await bench.close();
		}
	});
});
