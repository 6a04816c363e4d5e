import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { openEditor, untilSeen } from './support/editor';
import { poll } from '../../harness/poll';
import { twoWayAgent } from '../../harness/two-way-agent';
import { contactFixture } from './support/contact-fixture';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';
import { onNumbers } from './support/trigger-workflow';

let fixture: E2eFixture;
beforeAll(async () => {
	fixture = await openE2eFixture();
});
afterAll(async () => {
	await fixture?.close();
});
/** What one try has published would keep the number from the next. */
afterEach(async () => await fixture.deactivateAll());

/** What the editor shows at an execution, and filters by, is this. */
it.each([
	[{}, { Contact: '+14155550123', Agent: 'Front Desk', Outcome: 'Replied' }],
	[{ showContact: false }, { Agent: 'Front Desk', Outcome: 'Replied' }],
])("notes in n8n's execution, with the options %j, %j", async (options, noted) => {
	const agent = twoWayAgent(fixture, { trigger: { ...onNumbers(fixture), options } });
	const { id } = await fixture.startWorkflow(agent);
	await contactFixture(fixture, '+14155550123').ask('Hi, my name is Maria');
	// n8n writes it down a moment after the end of the run.
	const found = await poll('what is noted in the execution', async () => {
		const [execution] = await fixture.client.endedExecutions(id, 1);
		const { customData = {} } = execution ?? {};
		return Object.keys(customData).length > 0 ? customData : undefined;
	});
	expect(found).toEqual(noted);
});

it('shows it in the editor, beside the execution', async () => {
	const { id } = await fixture.startWorkflow(
		twoWayAgent(fixture, { trigger: onNumbers(fixture) }),
	);
	await contactFixture(fixture, '+14155550124').ask('Hi, my name is Maria');
	const [execution] = await fixture.client.endedExecutions(id, 1);
	const editor = await openEditor(fixture.client);
	const { page } = editor;
	try {
		// As an n8n that is registered tells its editor, which this one is not.
		await page.route(/\/rest\/settings(?:\?|$)/, async (route) => {
			const response = await route.fetch();
			const settings = (await response.json()) as { data: { enterprise: object } };
			Object.assign(settings.data.enterprise, { advancedExecutionFilters: true });
			await route.fulfill({ response, json: settings });
		});
		await editor.goTo(`/workflow/${id}/executions/${execution?.id}`);
		const button = page.locator('[data-test-id="execution-preview-ellipsis-button"]');
		const panel = page.locator('[data-test-id="execution-annotation-panel"]');
		await untilSeen(panel, async (within) => await button.click(within));
		const shown = await panel.innerText();
		for (const words of ['Contact', '+14155550124', 'Front Desk', 'Replied']) {
			expect(shown).toContain(words);
		}
	} finally {
		await editor.close();
	}
});
