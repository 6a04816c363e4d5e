import {
	DEMO_CONTACTS,
	startDemoEmulators,
	type DemoEmulators,
} from '../../emulator/demo-emulators';
import type { Note } from '../../emulator/twilio/state';
import { MODEL_PORT, takePort, TWILIO_PORT } from './demo-port';
import type { DemoSettings } from './settings';

const TEXT_NUMBER = '+14155550100';
const CALL_NUMBER = { phoneNumber: '+14155550111', friendlyName: 'Missed-call text-back' };
const BOOKING_NUMBER = { phoneNumber: '+14155550122', friendlyName: 'Appointments' };
const OPENAI_URL = 'https://api.openai.com/v1';
const OWNER = { name: 'The owner', phoneNumber: '+14155550177' };

/** Which Twilio and which model the demo talks to: the real ones where the environment names them. */
export interface DemoServices {
	/** Data of the credentials that the workflows name, by type. */
	credentials: Readonly<Record<string, Record<string, string>>>;
	/** Where the internet reaches this n8n; undefined when only the emulator calls it. */
	publicUrl: string | undefined;
	/** Undefined leaves the one that the workflow names. */
	model: string | undefined;
	/** The page that stands for a contact's phone; undefined with the real Twilio. */
	phoneUrl: string | undefined;
	/** The emulator's numbers for calls and for appointments; undefined with the real Twilio. */
	numbers: { calls: string; appointments: string } | undefined;
	/** The phone that is told of texts that need a person, and rung by calls; undefined with the real Twilio. */
	ownerPhone: string | undefined;
	/** For the person who started the demo. */
	described: { twilio: string; model: string };
	close(): Promise<void>;
}

export interface ServiceOptions {
	/** Where the Twilio emulator keeps its numbers and conversations. Default: it forgets them. */
	stateFile?: string;
	/** Gets a line about each port that is not the usual one. */
	tell?: (line: string) => void;
}

/** Throws, naming what is missing, when the environment describes the real Twilio by halves. */
export async function openServices(
	env: NodeJS.ProcessEnv,
	settings: DemoSettings,
	options: ServiceOptions = {},
): Promise<DemoServices> {
	const twilio = realTwilio(env);
	const apiKey = env['OPENAI_API_KEY'];
	const realModelUrl = apiKey ? (env['OPENAI_BASE_URL'] ?? OPENAI_URL) : undefined;
	const model =
		realModelUrl === undefined
			? undefined
			: {
					url: realModelUrl,
					words: `${env['OPENAI_MODEL'] ?? 'the one that each workflow names'}, at ${realModelUrl}`,
				};
	const emulators =
		twilio && model ? undefined : await startEmulators(env, settings, model?.words, options);
	const baseUrl = model?.url ?? emulators?.model.apiUrl ?? '';
	return {
		credentials: {
			twilioMessagingApi: {
				...(twilio?.credential ?? emulatedTwilio(emulators)),
				notifySigningSecret: settings.secrets.signing,
			},
			openAiCompatibleApi: { apiKey: apiKey ?? '', baseUrl },
			// n8n's own Chat Model wants a key, whoever answers.
			openAiApi: { apiKey: apiKey ?? 'none', url: baseUrl },
			httpHeaderAuth: { name: 'X-Secret', value: settings.secrets.shared },
			httpBearerAuth: { token: settings.secrets.shared },
		},
		publicUrl: twilio?.publicUrl,
		model: env['OPENAI_MODEL'],
		phoneUrl: twilio ? undefined : emulators?.twilio.phoneUrl,
		// Nobody's real phone is rung unasked.
		numbers: twilio
			? undefined
			: { calls: CALL_NUMBER.phoneNumber, appointments: BOOKING_NUMBER.phoneNumber },
		ownerPhone: twilio ? undefined : OWNER.phoneNumber,
		described: {
			twilio: twilio
				? `your account ${twilio.credential.accountSid}`
				: 'an emulator on this machine',
			model: model?.words ?? 'a script on this machine; for a real one set OPENAI_API_KEY',
		},
		close: async () => await emulators?.close(),
	};
}

/** @param realModel which it is; undefined where the script answers. */
async function startEmulators(
	env: NodeJS.ProcessEnv,
	{ twilio }: DemoSettings,
	realModel: string | undefined,
	{ stateFile, tell = () => undefined }: ServiceOptions,
): Promise<DemoEmulators> {
	// In this order the Twilio stand-in, looking for a free port, passes by the model's.
	const modelPort = await takePort(MODEL_PORT, env, tell);
	const twilioPort = await takePort(TWILIO_PORT, env, tell);
	const { accountSid, authToken, callNumberSid } = twilio;
	return await startDemoEmulators({
		accountSid,
		authToken,
		twilioPort,
		modelPort,
		phoneNumbers: [TEXT_NUMBER],
		withService: true,
		ownNumbers: [{ ...CALL_NUMBER, sid: callNumberSid }, BOOKING_NUMBER],
		contacts: [...DEMO_CONTACTS, OWNER],
		note: noteOn(realModel),
		modelInUse: realModel === undefined,
		...(stateFile === undefined ? {} : { stateFile }),
	});
}

function noteOn(realModel: string | undefined): Note {
	const kept =
		'Conversations and what you change in n8n are kept from one start to the next; `npm start -- --fresh` begins with nothing.';
	return realModel === undefined
		? {
				summary: 'No AI here: a script answers from the prompt.',
				details: `Change the prompt in n8n's editor and publish, and the answers change. For a real model, set \`OPENAI_API_KEY\` before \`npm start\`; the README says more. ${kept}`,
			}
		: { summary: `A real model writes the answers: ${realModel}.`, details: kept };
}

function emulatedTwilio(emulators: DemoEmulators | undefined): Record<string, string> {
	if (!emulators?.service) throw new Error('The Twilio emulator has no Messaging Service');
	const { account, service, twilio } = emulators;
	return {
		accountSid: account.accountSid,
		authToken: account.authToken,
		messagingServiceSid: service.sid,
		apiBaseUrl: twilio.baseUrl,
	};
}

const REAL_TWILIO = {
	TWILIO_ACCOUNT_SID: 'your Account SID (AC...)',
	TWILIO_AUTH_TOKEN: "the account's Auth Token",
	TWILIO_MESSAGING_SERVICE_SID: 'the Messaging Service whose texts the agent answers (MG...)',
	PUBLIC_URL: 'the https address at which Twilio reaches this n8n, such as that of a tunnel',
};

function realTwilio(env: NodeJS.ProcessEnv) {
	const names = Object.keys(REAL_TWILIO) as Array<keyof typeof REAL_TWILIO>;
	const missing = names.filter((name) => !env[name]);
	if (!env['TWILIO_ACCOUNT_SID'] && !env['TWILIO_AUTH_TOKEN']) return undefined;
	if (missing.length > 0) {
		const list = missing.map((name) => `  ${name}  ${REAL_TWILIO[name]}`).join('\n');
		throw new Error(
			`To use the real Twilio, set these as well, or none of them for the emulator:\n${list}`,
		);
	}
	const value = (name: keyof typeof REAL_TWILIO) => (env[name] ?? '').trim();
	return {
		publicUrl: value('PUBLIC_URL').replace(/\/*$/, '/'),
		credential: {
			accountSid: value('TWILIO_ACCOUNT_SID'),
			authToken: value('TWILIO_AUTH_TOKEN'),
			messagingServiceSid: value('TWILIO_MESSAGING_SERVICE_SID'),
			apiBaseUrl: env['TWILIO_API_BASE_URL'] ?? '',
		},
	};
}
