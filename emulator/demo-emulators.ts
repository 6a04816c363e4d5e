import { startModelEmulator, type ModelEmulator } from './model-emulator';
import { startTwilioEmulator, type TwilioEmulator } from './twilio-emulator';
import type { AccountRecord, NumberRecord, ServiceRecord } from './twilio/records';
import type { NumberOptions } from './twilio/setup';
import type { Contact, Note } from './twilio/state';

export interface DemoOptions {
	/** Default 0: a free port. */
	twilioPort?: number;
	/** Default 0: a free port. */
	modelPort?: number;
	accountSid?: string;
	authToken?: string;
	/** Default +14155550100 and +14155550111. */
	phoneNumbers?: readonly string[];
	/** More of them, outside any Messaging Service. */
	ownNumbers?: readonly NumberOptions[];
	/** Put the phone numbers into a Messaging Service. Default false. */
	withService?: boolean;
	/** The key the model asks for. */
	modelApiKey?: string;
	contacts?: readonly Contact[];
	/** Where public webhook URLs really are, e.g. `{ 'https://sms.example.com': 'http://127.0.0.1:5678' }`. */
	hosts?: Readonly<Record<string, string>>;
	/** For the phone page to say who writes the answers. Default: that the model's script does. */
	note?: Note;
	/** Whether the answers come from the model emulator, so that the phone page can set its faults. Default true. */
	modelInUse?: boolean;
	/** Keeps numbers, settings and traffic for the next process; for one account. */
	stateFile?: string;
	/** Between two statuses of a message. Default 400, so that a person sees them. */
	deliveryMs?: number;
	/** How long the model thinks. Default 600. */
	modelLatencyMs?: number;
}

export interface DemoEmulators {
	readonly twilio: TwilioEmulator;
	readonly model: ModelEmulator;
	readonly account: AccountRecord;
	readonly numbers: readonly NumberRecord[];
	readonly service: ServiceRecord | null;
	close(): Promise<void>;
}

export const DEMO_CONTACTS: readonly Contact[] = [
	{ name: 'Sam Carter', phoneNumber: '+12065550142' },
	{ name: 'Maria Lopez', phoneNumber: '+13125550167' },
	{ name: 'Jordan Lee', phoneNumber: '+16175550123' },
];

const SCRIPT_NOTE: Note = {
	summary: 'No AI here: a script answers from the prompt.',
	details: 'It picks sentences of the prompt that it is given, and understands little.',
};

/** Both emulators with one account named "demo", its numbers and a few contacts. */
export async function startDemoEmulators(options: DemoOptions = {}): Promise<DemoEmulators> {
	const model = await startModelEmulator({
		port: options.modelPort ?? 0,
		latencyMs: options.modelLatencyMs ?? 600,
		...(options.modelApiKey === undefined ? {} : { apiKey: options.modelApiKey }),
	});
	const twilio = await startTwilioEmulator({
		port: options.twilioPort ?? 0,
		deliveryMs: options.deliveryMs ?? 400,
		hosts: options.hosts ?? {},
		...(options.modelInUse === false ? {} : { modelUrl: model.baseUrl }),
		contacts: options.contacts ?? DEMO_CONTACTS,
		note: options.note ?? SCRIPT_NOTE,
		...(options.stateFile === undefined ? {} : { stateFile: options.stateFile }),
	}).catch(async (error: unknown) => {
		await model.close();
		throw error;
	});
	const before = twilio.setup();
	const account =
		before.accounts.find(({ accountSid }) => accountSid === options.accountSid) ??
		twilio.addAccount({
			friendlyName: 'demo',
			...(options.accountSid === undefined ? {} : { accountSid: options.accountSid }),
			...(options.authToken === undefined ? {} : { authToken: options.authToken }),
		});
	const numberFor = (number: NumberOptions): NumberRecord =>
		before.numbers.find(({ phoneNumber }) => phoneNumber === number.phoneNumber) ??
		twilio.addNumber(account.accountSid, number);
	const phoneNumbers = options.phoneNumbers ?? ['+14155550100', '+14155550111'];
	const numbers = phoneNumbers.map((phoneNumber) => numberFor({ phoneNumber }));
	numbers.push(...(options.ownNumbers ?? []).map(numberFor));
	const service = options.withService
		? (before.services[0] ??
			twilio.addService(account.accountSid, {
				friendlyName: 'Demo service',
				numbers: [...phoneNumbers],
			}))
		: null;
	return {
		twilio,
		model,
		account,
		numbers,
		service,
		async close() {
			await Promise.all([twilio.close(), model.close()]);
		},
	};
}
