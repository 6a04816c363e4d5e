import { claimPort } from '../../harness/claim-port';

export interface DemoPort {
	/** What listens there, for the person who started the demo. */
	what: string;
	/** The environment variable that chooses another. */
	variable: string;
	usual: number;
}

export const EDITOR_PORT: DemoPort = { what: "n8n's editor", variable: 'N8N_PORT', usual: 5678 };
export const TWILIO_PORT: DemoPort = {
	what: 'the phone page and the Twilio stand-in',
	variable: 'EMULATOR_TWILIO_PORT',
	usual: 4010,
};
export const MODEL_PORT: DemoPort = {
	what: 'the scripted model',
	variable: 'EMULATOR_MODEL_PORT',
	usual: 4011,
};

/**
 * The port that the variable chooses, or the usual one. Where the usual one is taken, the next free
 * one, and `tell` gets a line about it; a chosen one that is taken is refused.
 */
export async function takePort(
	{ what, variable, usual }: DemoPort,
	env: NodeJS.ProcessEnv,
	tell: (line: string) => void,
): Promise<number> {
	const chosen = env[variable]?.trim();
	const wanted = chosen ? Number(chosen) : usual;
	if (!Number.isInteger(wanted) || wanted < 1 || wanted > 65_535) {
		throw new Error(`${variable} is "${chosen}". Set it to a port: a number from 1 to 65535.`);
	}
	const port = await claimPort(wanted);
	if (port === wanted) return port;
	if (chosen) {
		throw new Error(
			`Port ${wanted}, which ${variable} chooses for ${what}, is taken by another program. End that one, or set ${variable} to another port.`,
		);
	}
	tell(
		`Port ${wanted}, the usual one for ${what}, is taken by another program: it is ${port} this time. To choose one, set ${variable} before npm start.`,
	);
	return port;
}
