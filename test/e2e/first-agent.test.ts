import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { startModelEmulator, type ModelEmulator } from '../../emulator/model-emulator';
import { startTwilioEmulator, type TwilioEmulator } from '../../emulator/twilio-emulator';
import { openEditor, untilSeen, type Editor } from './support/editor';
import { startN8n, type N8nHost } from '../../harness/n8n-host';
import { poll } from '../../harness/poll';

const MOST_CLICKS = 22;
const MOST_FIELDS = 5;
const KEY = 'sk-emulated';
const NUMBER = '+14155550100';
const CONTACT = '+14155550177';
const SEARCH = '[data-test-id="node-creator-search-bar"]';

/** One of its own, for each try: where others have been, the editor would choose their credentials. */
let n8n: N8nHost;
let twilio: TwilioEmulator;
let model: ModelEmulator;
let editor: Editor;
beforeEach(async () => {
	twilio = await startTwilioEmulator();
	model = await startModelEmulator({ apiKey: KEY });
	n8n = await startN8n();
	editor = await openEditor(n8n.client);
});
afterEach(async () => {
	await editor?.close();
	await n8n?.stop();
	await Promise.all([twilio?.close(), model?.close()]);
});

/** Somebody with a mouse, whose every click is counted, and every field that they fill in. */
class Builder {
	clicks = 0;
	fields = 0;

	constructor(private readonly page: Page) {}

	/** One that the editor loses, because it is busy drawing, is not the builder's. */
	async click(what: Locator, opens?: Locator): Promise<void> {
		this.clicks += 1;
		if (opens) await untilSeen(opens, async (within) => await what.click(within));
		else await what.click();
	}

	/** A click into the field, then the words. */
	async fillIn(field: Locator, words: string): Promise<void> {
		this.fields += 1;
		await this.click(field);
		await field.fill(words);
	}

	/** The box for it has the cursor already. */
	async addNode(word: string, name: string): Promise<void> {
		await this.page.locator(SEARCH).fill(word);
		const found = this.page.locator('[data-test-id="node-creator-item-name"]');
		await this.click(found.getByText(name, { exact: true }));
		await this.click(this.page.getByText('Add to workflow'));
	}
}

it('is built on an empty canvas in few clicks, and answers', async () => {
	const { accountSid, authToken } = twilio.addAccount({ friendlyName: 'Bright Dental' });
	twilio.addNumber(accountSid, { phoneNumber: NUMBER });
	const { page } = editor;
	const builder = new Builder(page);
	const byId = (id: string) => page.locator(`[data-test-id="${id}"]`);
	const form = byId('editCredential-modal');
	const field = (name: string) => form.locator(`[data-test-id="parameter-input-${name}"] input`);

	await editor.goTo('/workflow/new');
	await builder.click(byId('canvas-add-button'), page.locator(SEARCH));
	await builder.addNode('sms', 'Incoming SMS Trigger');

	await builder.click(byId('node-credentials-slot').getByText('Connect to'), form);
	await builder.fillIn(field('accountSid'), accountSid);
	await builder.fillIn(field('authToken'), authToken);
	// Where the stand-ins are is the test's business: whoever has the real ones leaves the addresses alone.
	await field('apiBaseUrl').fill(twilio.baseUrl);
	await builder.click(byId('credential-save-button'));
	await form.waitFor({ state: 'hidden' });

	const prompt = byId('parameter-input-smsPrompt').locator('textarea');
	await builder.fillIn(prompt, 'You are the front desk of Bright Dental. Open Mon-Fri 9-17.');
	await builder.click(byId('ndv-close-button'));

	await builder.click(byId('canvas-handle-plus').first(), page.locator(SEARCH));
	await builder.addNode('reply', 'Agent Reply');
	await builder.click(byId('node-credentials-slot').getByText('Connect to'), form);
	await builder.fillIn(field('apiKey'), KEY);
	await field('baseUrl').fill(model.apiUrl);
	await builder.click(byId('credential-save-button'));
	await form.waitFor({ state: 'hidden' });
	await builder.click(byId('ndv-close-button'));

	const publish = byId('workflow-publish-button');
	await builder.click(byId('workflow-open-publish-modal-button'), publish);
	await builder.click(publish);
	await publish.waitFor({ state: 'hidden' });
	const [workflow] = await n8n.client.workflows();
	await poll('the workflow to be published', async () => {
		const { status } = await n8n.client.publicationStatus(workflow?.id ?? '');
		return status === 'published' ? status : undefined;
	});

	await twilio.textFromContact({ from: CONTACT, to: NUMBER, body: 'When are you open?' });
	const answer = await twilio.waitForMessage(({ to }) => to === CONTACT, 30_000);
	expect(answer.body).not.toBe('');
	expect(builder.clicks).toBeLessThanOrEqual(MOST_CLICKS);
	expect(builder.fields).toBeLessThanOrEqual(MOST_FIELDS);
});
