import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INodeParameters } from 'n8n-workflow';
import { IncomingSmsTrigger } from '../../nodes/IncomingSmsTrigger/IncomingSmsTrigger.node';
import { MissedCallTrigger } from '../../nodes/MissedCallTrigger/MissedCallTrigger.node';
import { CONNECTION_OVERRIDES } from '../../nodes/shared/twilio/registration/own-webhook-url';
import type { NumberRecord } from '../../emulator/twilio/records';
import { callForm, PHONE } from './support/call-bench';
import { listenWebhook, webhookHooks } from './support/call-webhook';
import { holdClock } from './support/held-clock';
import { WEBHOOK_BASE } from './support/host-stand-in';
import { restartProcess, saved } from './support/restarted-process';
import { signedCall, textForm } from './support/signed-text';
import { openTriggerBench, type TriggerBench } from './support/trigger-bench';

const CRM = 'https://crm.example.com/in?key=secret';
const OVERWRITE: INodeParameters = { options: { overwriteWebhook: true } };
/** Another n8n, on which the same file was imported. */
const SECOND_N8N = {
	webhookBaseUrl: 'https://second.example/webhook',
	webhookTestBaseUrl: 'https://second.example/webhook-test',
};

let bench: TriggerBench;
let number: NumberRecord;
let workflows = 0;

afterEach(async () => {
	await bench.close();
	restartProcess();
});

type Setup = NonNullable<Parameters<TriggerBench['setup']>[1]>;

describe.each([
	['Incoming SMS Trigger', () => new IncomingSmsTrigger(), 'smsUrl'],
	['Missed Call Trigger', () => new MissedCallTrigger(), 'voiceUrl'],
] as const)('%s', (_name, trigger, url) => {
	const overrides = CONNECTION_OVERRIDES[url === 'smsUrl' ? 'texts' : 'calls'];
	const PRODUCTION = `${WEBHOOK_BASE}/webhook-1/twilio${overrides}`;
	const ON_SECOND = `https://second.example/webhook/webhook-1/twilio${overrides}`;
	const setup = (more: Setup = {}, parameters: INodeParameters = {}) => {
		// With what was saved of it, it is the same one again.
		if (!more.staticData && !more.workflowId) workflows++;
		return bench.setup(
			{
				receiveOn: 'phoneNumbers',
				phoneNumbers: [number.sid],
				phones: PHONE,
				...parameters,
			},
			{ workflowId: `connected-${workflows}`, ...more },
		);
	};
	const hooks = (more?: Setup, parameters?: INodeParameters) =>
		webhookHooks(setup(more, parameters));
	const anotherNumber = () => {
		const phoneNumber = '+14155550101';
		return bench.twilio.addNumber(bench.account.accountSid, { phoneNumber });
	};

	beforeEach(async () => {
		bench = await openTriggerBench(trigger);
		number = bench.twilio.addNumber(bench.account.accountSid, { phoneNumber: '+14155550100' });
		number[url] = CRM;
	});

	describe('on a second n8n', () => {
		beforeEach(async () => {
			await hooks({}, OVERWRITE).create();
			restartProcess();
		});

		it('takes nothing from the first: neither published nor in a test, and by no unpublishing', async () => {
			const second = hooks(SECOND_N8N);
			const test = hooks({ ...SECOND_N8N, isTest: true });
			for (const copy of [second, test]) {
				expect(await copy.checkExists()).toBe(false);
				await expect(copy.create()).rejects.toThrow(
					/another app is connected already: \+14155550100 sends its .* to n8n\.example\/webhook\/webhook-1\/twilio.*on another n8n/,
				);
				await copy.delete();
				expect(number[url]).toBe(PRODUCTION);
			}
		});

		it('gives back what it was allowed to take', async () => {
			const second = hooks(SECOND_N8N, OVERWRITE);
			await second.create();
			expect(number[url]).toBe(ON_SECOND);
			await second.delete();
			expect(number[url]).toBe(PRODUCTION);
		});

		it('does not take the memory that came with an exported workflow for its own', async () => {
			const first = hooks({}, OVERWRITE);
			number[url] = CRM;
			await first.create();
			restartProcess();
			const exported = JSON.parse(
				JSON.stringify(first.staticData).replace(
					/"owner":"[^"]*"/g,
					'"owner":"the first n8n"',
				),
			) as Setup['staticData'];
			const second = hooks({ ...SECOND_N8N, ...(exported && { staticData: exported }) });
			await expect(second.create()).rejects.toThrow('another app is connected already');
			await second.delete();
			expect(number[url]).toBe(PRODUCTION);
		});
	});

	it('is told which workflow of this n8n has the number: by its name or, unknown, its address', async () => {
		const what = url === 'smsUrl' ? 'texts' : 'calls';
		await hooks({}, OVERWRITE).create();
		const second = hooks({ settings: { webhookId: 'webhook-2' } });
		const refused = `: the ${what} of +14155550100 go to another workflow of this n8n: `;
		await expect(second.create()).rejects.toThrow(
			`${refused}"Test workflow". Unpublish that one first`,
		);
		restartProcess();
		await expect(second.create()).rejects.toThrow(
			`${refused}n8n.example/webhook/webhook-1/twilio`,
		);
	});

	it('takes nothing from the workflow it was copied from with its memory', async () => {
		const first = hooks({}, OVERWRITE);
		await first.create();
		restartProcess();
		const copy = hooks({ workflowId: 'copy', staticData: saved(first.staticData) });
		await copy.delete();
		expect(number[url]).toBe(PRODUCTION);
	});

	it('follows this n8n to a new address, and still knows what was there before', async () => {
		const before = hooks({}, OVERWRITE);
		await before.create();
		restartProcess();
		const after = hooks({ ...SECOND_N8N, staticData: saved(before.staticData) });
		expect(await after.checkExists()).toBe(false);
		await after.create();
		expect(number[url]).toBe(ON_SECOND);
		await after.delete();
		expect(number[url]).toBe(CRM);
	});

	it('gives back from its former address, unpublished at the new one', async () => {
		const before = hooks({}, OVERWRITE);
		await before.create();
		restartProcess();
		await hooks({ ...SECOND_N8N, staticData: saved(before.staticData) }).delete();
		expect(number[url]).toBe(CRM);
	});

	describe('when a run that began before a publishing has overwritten the memory', () => {
		const overlapped = async () => {
			const second = anotherNumber();
			second[url] = CRM;
			const workflowId = `connected-${workflows++}`;
			const both = { ...OVERWRITE, phoneNumbers: [number.sid, second.sid] };
			const first = hooks({ workflowId }, OVERWRITE);
			await first.create();
			const loadedByRun = saved(first.staticData);
			await hooks({ workflowId, staticData: saved(first.staticData) }, OVERWRITE).delete();
			await hooks({ workflowId }, both).create();
			expect([number[url], second[url]]).toEqual([PRODUCTION, PRODUCTION]);
			return { second, workflowId, both, loadedByRun };
		};

		it('gives all back', async () => {
			const { second, workflowId, both, loadedByRun } = await overlapped();
			await hooks({ workflowId, staticData: loadedByRun }, both).delete();
			expect([number[url], second[url]]).toEqual([CRM, CRM]);
		});

		it('saves what it knows with the next request, so that a restart does no harm', async () => {
			const { second, workflowId, both, loadedByRun } = await overlapped();
			const request = setup({ workflowId, staticData: loadedByRun }, both);
			const webhook = await listenWebhook(request);
			try {
				await webhook.call(signed(webhook.url));
			} finally {
				await webhook.close();
			}
			const staticData = saved(webhook.staticData);
			restartProcess();
			await hooks({ workflowId, staticData }, both).delete();
			expect([number[url], second[url]]).toEqual([CRM, CRM]);
		});

		it('clears its address where only Twilio knows of it, after a restart, and says so', async () => {
			const { second, workflowId, both, loadedByRun } = await overlapped();
			restartProcess();
			const last = hooks({ workflowId, staticData: loadedByRun }, both);
			await last.delete();
			expect([number[url], second[url]]).toEqual([CRM, '']);
			expect(last.warnings[0]).toContain('+14155550101 sent its');
			expect(last.warnings[0]).toContain('now nothing is set');
		});
	});

	it('leaves alone what it does not remember to have set: a copy may have it, and it says so', async () => {
		await hooks({}, OVERWRITE).create();
		const copy = hooks();
		await copy.delete();
		expect(number[url]).toBe(PRODUCTION);
		expect(copy.warnings[0]).toContain(
			'does not remember to have connected it, so it is left as it is',
		);
	});

	it('keeps the account in mind: another one in the credential gives nothing back, and says so', async () => {
		const published = hooks({}, OVERWRITE);
		await published.create();
		const other = bench.twilio.addAccount();
		const moved = hooks({
			staticData: published.staticData,
			credential: { accountSid: other.accountSid, authToken: other.authToken },
		});
		await moved.delete();
		expect(moved.warnings[0]).toContain('another Twilio account now');
		expect(number[url]).toBe(PRODUCTION);
		await hooks({ staticData: moved.staticData }).delete();
		expect(number[url]).toBe(CRM);
	});

	describe('two triggers on one number', () => {
		const second = { id: 'second', name: 'Second', webhookId: 'webhook-2' };
		const two = (parameters?: INodeParameters) => {
			const workflowId = `connected-${workflows++}`;
			const staticData = {};
			const ofSecond = setup({ workflowId, staticData }, parameters);
			return [
				hooks({ workflowId, staticData }, parameters),
				webhookHooks({ ...ofSecond, settings: { ...ofSecond.settings, ...second } }),
			] as const;
		};

		it.each([
			['published at the same moment', {}],
			['even where both may overwrite', OVERWRITE],
		])('%s: the first works, the second is refused', async (_how, parameters) => {
			number[url] = '';
			const [one, other] = two(parameters);
			const results = await Promise.allSettled([one.create(), other.create()]);
			expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
			expect(String((results[1] as PromiseRejectedResult).reason)).toContain('+14155550100');
			await other.delete();
			expect(number[url]).toBe(PRODUCTION);
		});

		it('of which another process wrote last: the one that lost is told', async () => {
			number[url] = '';
			const writes = () => bench.twilio.requests.filter(({ method }) => method === 'POST');
			const losing = hooks().create().catch(String);
			while (number[url] !== PRODUCTION) await new Promise(setImmediate);
			number[url] = ON_SECOND;
			expect(await losing).toContain('another app was connected at the same moment');
			expect(number[url]).toBe(ON_SECOND);
			expect(writes().length).toBeGreaterThan(0);
		});
	});

	describe('a trigger that another one has taken over from', () => {
		const upper = (more: Setup = {}) => {
			const above = setup(more, OVERWRITE);
			return webhookHooks({
				...above,
				settings: { ...above.settings, webhookId: 'webhook-2' },
			});
		};

		it('is unpublished first: what was there before both comes back', async () => {
			const below = hooks({}, OVERWRITE);
			await below.create();
			const above = upper();
			await above.create();
			const place = number[url];
			await below.delete();
			expect(number[url]).toBe(place);
			await above.delete();
			expect(number[url]).toBe(CRM);
		});

		it('so too on several numbers, all within a millisecond', async () => {
			holdClock();
			const second = anotherNumber();
			second[url] = `${CRM}&line=2`;
			const both = { ...OVERWRITE, phoneNumbers: [number.sid, second.sid] };
			const published = ['w-1', 'w-2'].map((webhookId) => {
				const one = setup({}, both);
				return webhookHooks({ ...one, settings: { ...one.settings, webhookId } });
			});
			for (const each of published) await each.create();
			for (const each of published) await each.delete();
			expect([number[url], second[url]]).toEqual([CRM, `${CRM}&line=2`]);
		});

		it('so too where the one above is not loaded until later', async () => {
			const below = hooks({}, OVERWRITE);
			await below.create();
			const above = upper({ workflowId: 'above' });
			await above.create();
			const [lower, higher] = [saved(below.staticData), saved(above.staticData)];
			restartProcess();
			await hooks({ staticData: lower }, OVERWRITE).delete();
			await upper({ workflowId: 'above', staticData: higher }).delete();
			expect(number[url]).toBe(CRM);
		});

		it('of three, in any order', async () => {
			const settings = (webhookId: string) => {
				const one = setup({}, OVERWRITE);
				return webhookHooks({ ...one, settings: { ...one.settings, webhookId } });
			};
			const [one, two, three] = [settings('w-1'), settings('w-2'), settings('w-3')];
			for (const each of [one, two, three]) await each.create();
			await two.delete();
			await one.delete();
			await three.delete();
			expect(number[url]).toBe(CRM);
		});

		it('comes back where it is still published', async () => {
			await hooks({}, OVERWRITE).create();
			const above = upper();
			await above.create();
			await above.delete();
			expect(number[url]).toBe(PRODUCTION);
		});
	});

	const signed = (webhookUrl: string) => {
		const { accountSid, authToken } = bench.account;
		const form = url === 'smsUrl' ? textForm(accountSid) : callForm(accountSid);
		// Of a call, a phone that was rung has picked up: answered at once, nothing waits.
		const query =
			url === 'smsUrl'
				? ''
				: '?step=screen&call=CA1&from=%2B14155550123&to=%2B14155550100&round=0';
		return signedCall(webhookUrl, authToken, form, query);
	};
});

it('publishing saves the conversations as they are by then, not as n8n loaded them before', async () => {
	bench = await openTriggerBench();
	number = bench.twilio.addNumber(bench.account.accountSid, { phoneNumber: '+14155550100' });
	const setup = bench.setup(
		{ receiveOn: 'phoneNumbers', phoneNumbers: [number.sid] },
		{ workflowId: 'talking' },
	);
	const webhook = await listenWebhook(setup);
	try {
		const { accountSid, authToken } = bench.account;
		await webhook.call(signedCall(webhook.url, authToken, textForm(accountSid)));
	} finally {
		await webhook.close();
	}
	const published = webhookHooks({ ...setup, staticData: {} });
	await published.create();
	expect(JSON.stringify(published.staticData)).toContain('Are you open on Sunday?');
});
