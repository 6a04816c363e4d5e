import { afterEach, describe, expect, it } from '@jest/globals';
import type { Note } from '../../../emulator/twilio/state';
import { openServices, type DemoServices } from '../../../scripts/demo/services';

const SETTINGS = {
	owner: { email: 'demo@example.com', firstName: 'Demo', lastName: 'Owner', password: 'none' },
	twilio: {
		accountSid: `AC${'0'.repeat(31)}3`,
		authToken: 'e'.repeat(32),
		callNumberSid: `PN${'0'.repeat(31)}3`,
	},
	secrets: { shared: 'shared', signing: 'whsec_none' },
};

describe('what the phone page says of who writes the answers', () => {
	let services: DemoServices | undefined;
	afterEach(async () => await services?.close());
	const control = async (path: string): Promise<Response> =>
		await fetch(`${new URL(services?.phoneUrl ?? '').origin}/_emulator/${path}`);
	const note = async (env: NodeJS.ProcessEnv) => {
		services = await openServices(env, SETTINGS);
		const setup = (await (await control('setup')).json()) as { note: Note };
		return setup.note;
	};

	it('is that a script does, and how to have a model', async () => {
		const { summary, details } = await note({});
		expect(summary).toMatch(/^No AI here: a script answers/);
		expect(details).toContain('set `OPENAI_API_KEY` before `npm start`');
		expect(details).toContain('npm start -- --fresh');
		expect((await control('model/faults')).status).toBe(200);
	});

	it('is which model does, and then nothing offers to break the script', async () => {
		const env = {
			OPENAI_API_KEY: 'sk-secret',
			OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1',
			OPENAI_MODEL: 'llama3',
		};
		expect((await note(env)).summary).toBe(
			'A real model writes the answers: llama3, at http://127.0.0.1:11434/v1.',
		);
		expect((await control('model/faults')).status).toBe(400);
	});

	it('names the place alone where each workflow names its model', async () => {
		expect((await note({ OPENAI_API_KEY: 'sk-secret' })).summary).toBe(
			'A real model writes the answers: the one that each workflow names, at https://api.openai.com/v1.',
		);
	});
});
