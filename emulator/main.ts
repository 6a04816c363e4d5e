import { parseArgs } from 'node:util';
import { startDemoEmulators } from './demo-emulators';

/**
 * Starts both emulators and prints their addresses as one JSON line. Every option can also be an
 * environment variable: `--twilio-port` is `EMULATOR_TWILIO_PORT`, and so on.
 */
async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			'twilio-port': { type: 'string' },
			'model-port': { type: 'string' },
			'account-sid': { type: 'string' },
			'auth-token': { type: 'string' },
			numbers: { type: 'string' },
			service: { type: 'boolean' },
			'model-api-key': { type: 'string' },
			hosts: { type: 'string' },
		},
	});
	const option = (name: Exclude<keyof typeof values, 'service'>): string | undefined =>
		values[name] ?? process.env[`EMULATOR_${name.toUpperCase().replaceAll('-', '_')}`];
	const pairs = (option('hosts') ?? '').split(',').filter((pair) => pair.includes('='));
	const given = {
		accountSid: option('account-sid'),
		authToken: option('auth-token'),
		modelApiKey: option('model-api-key'),
		phoneNumbers: option('numbers')?.split(','),
	};
	const { twilio, model, account, numbers, service, close } = await startDemoEmulators({
		twilioPort: Number(option('twilio-port') ?? 0),
		modelPort: Number(option('model-port') ?? 0),
		withService: values.service ?? process.env['EMULATOR_SERVICE'] === 'true',
		hosts: Object.fromEntries(
			pairs.map((pair) => [
				pair.slice(0, pair.indexOf('=')),
				pair.slice(pair.indexOf('=') + 1),
			]),
		),
		...(Object.fromEntries(
			Object.entries(given).filter(([, value]) => value !== undefined),
		) as Partial<{
			accountSid: string;
			authToken: string;
			modelApiKey: string;
			phoneNumbers: string[];
		}>),
	});
	process.stdout.write(
		`${JSON.stringify({
			twilioUrl: twilio.baseUrl,
			phoneUrl: twilio.phoneUrl,
			modelUrl: model.apiUrl,
			accountSid: account.accountSid,
			authToken: account.authToken,
			numbers: numbers.map(({ phoneNumber }) => phoneNumber),
			messagingServiceSid: service?.sid ?? null,
		})}\n`,
	);
	for (const signal of ['SIGINT', 'SIGTERM'] as const) {
		process.once(signal, () => void close().then(() => process.exit(0)));
	}
}

void main();
