import { startDemoEmulators, type DemoEmulators } from '../../emulator/demo-emulators';
import { claimPort } from '../../harness/claim-port';
import type { DemoSettings } from './settings';

const TWILIO_PORT = 4010;
const MODEL_PORT = 4011;
const TEXT_NUMBER = '+14155550100';
const CALL_NUMBER = { phoneNumber: '+14155550111', friendlyName: 'Missed-call text-back' };
const OWNER_PHONE = '+14155550177';

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
	/** The emulator's number for calls, and the phone it rings; undefined with the real Twilio. */
	calls: { numberSid: string; ownerPhone: string } | undefined;
	/** For the person who started the demo. */
	described: { twilio: string; model: string };
	close(): Promise<void>;
}

/** Throws, naming what is missing, when the environment describes the real Twilio by halves. */
export async function openServices(
	env: NodeJS.ProcessEnv,
	settings: DemoSettings,
): Promise<DemoServices> {
	const twilio = realTwilio(env);
	const apiKey = env['OPENAI_API_KEY'];
	const emulators = twilio && apiKey ? undefined : await startEmulators(settings);
	const baseUrl = apiKey
		? (env['OPENAI_BASE_URL'] ?? 'https://api.openai.com/v1')
		: (emulators?.model.apiUrl ?? '');
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
		calls: twilio
			? undefined
			: { numberSid: settings.twilio.callNumberSid, ownerPhone: OWNER_PHONE },
		described: {
			twilio: twilio
				? `your account ${twilio.credential.accountSid}`
				: 'an emulator on this machine',
			model: apiKey ? baseUrl : 'an emulator on this machine',
		},
		close: async () => await emulators?.close(),
	};
}

async function startEmulators({ twilio }: DemoSettings): Promise<DemoEmulators> {
	const twilioPort = await claimPort(TWILIO_PORT);
	const modelPort = await claimPort(Math.max(MODEL_PORT, twilioPort + 1));
	const { accountSid, authToken, callNumberSid } = twilio;
	return await startDemoEmulators({
		accountSid,
		authToken,
		twilioPort,
		modelPort,
		phoneNumbers: [TEXT_NUMBER],
		withService: true,
		callNumber: { ...CALL_NUMBER, sid: callNumberSid },
	});
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
