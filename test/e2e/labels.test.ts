import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { INodeParameters, INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { openEditor, openNode, untilSeen, type Editor } from './support/editor';
import { nodeIn } from '../../harness/workflow-nodes';
import { properties as agentReply } from '../../nodes/AgentReply/fields';
import { properties as incomingSmsTrigger } from '../../nodes/IncomingSmsTrigger/fields';
import { properties as missedCallTrigger } from '../../nodes/MissedCallTrigger/fields';
import { properties as sendSms } from '../../nodes/SendSms/fields';
import { properties as smsAgent } from '../../nodes/SmsAgent/fields';
import { KEEP_IN } from '../../nodes/shared/n8n/stores/thread-store-fields';
import { openE2eFixture, type E2eFixture } from './support/e2e-fixture';

const PANEL = '[data-test-id="node-parameters"]';
const DROP_DOWN = `${PANEL} .el-select`;
const CHOICE = '.el-select-dropdown__item';

let fixture: E2eFixture;
let editor: Editor;
beforeAll(async () => {
	fixture = await openE2eFixture({ withService: true });
	editor = await openEditor(fixture.client);
});
afterAll(async () => {
	await editor?.close();
	await fixture?.close();
});

/**
 * Every option of every collection that goes with these parameters; the editor leaves out those that the
 * other fields make pointless.
 */
function allOptions(properties: INodeProperties[], { resource }: INodeParameters): INodeParameters {
	const collections = properties.filter(
		({ type, displayOptions: { show } = {} }) =>
			type === 'collection' && (show?.['resource']?.includes(resource as string) ?? true),
	);
	const filled = collections.map(({ name, options = [] }) => {
		const added = (options as INodeProperties[]).map((one) => [one.name, one.default]);
		return [name, Object.fromEntries(added) as INodeParameters];
	});
	return Object.fromEntries(filled) as INodeParameters;
}

const isShown = ({ displayOptions }: Pick<INodeProperties, 'displayOptions'>, asTool: boolean) =>
	displayOptions?.show?.['@tool']?.includes(asTool) ?? true;

/** Parameters that make each choice of each field once, as many in one node as go together. */
function everyChoice(fields: INodeProperties[], asTool: boolean): INodeParameters[] {
	const setups: INodeParameters[] = [];
	for (const { name, type, options, displayOptions } of fields) {
		if (type !== 'options') continue;
		const shown = Object.entries(displayOptions?.show ?? {})
			.filter(([other]) => !other.startsWith('@'))
			.map(([other, values]) => [other, values?.[0]]);
		for (const choice of options as INodePropertyOptions[]) {
			const { value } = choice;
			if (!isShown(choice, asTool)) continue;
			const wanted = { ...Object.fromEntries(shown), [name]: value } as INodeParameters;
			const fitting = setups.find((setup) =>
				Object.entries(wanted).every(([field, its]) => (setup[field] ?? its) === its),
			);
			if (fitting) Object.assign(fitting, wanted);
			else setups.push(wanted);
		}
	}
	return setups;
}

/** Parameters of nodes that between them show all there is to be seen. */
function setupsOf(properties: INodeProperties[], asTool: boolean): INodeParameters[] {
	const fields = properties.filter((field) => isShown(field, asTool));
	const lists = {
		agents: { agent: [{ name: 'Front Desk', onText: 'both' }] },
		facts: { fact: [{ name: '', value: '' }] },
	};
	const filled = everyChoice(fields, asTool).map((chosen) => ({
		...chosen,
		...lists,
		...allOptions(fields, chosen),
	}));
	return [{}, ...filled];
}

/** Texts in what the selector finds that the editor does not show whole; of an empty field, its example. */
async function cutOff(selector: string): Promise<string[]> {
	// Over a label, the mouse brings buttons beside it.
	await editor.page.mouse.move(0, 0);
	return await editor.page.evaluate(`[...document.querySelectorAll('${selector}')]
		.flatMap((found) => [found, ...found.querySelectorAll('*')])
		.filter((part) => part.checkVisibility())
		.flatMap((part) => {
			const { textOverflow, webkitLineClamp } = getComputedStyle(part);
			const isField = part.matches('input');
			const isEmpty = isField && part.value === '';
			if (isEmpty) part.value = part.placeholder;
			const text = isField ? part.value : part.textContent.trim();
			const isTooWide =
				(isField || textOverflow === 'ellipsis') && part.scrollWidth > part.clientWidth;
			const isTooLong =
				webkitLineClamp !== 'none' && part.scrollHeight > part.clientHeight + 1;
			if (isEmpty) part.value = '';
			return isTooWide || isTooLong ? [text] : [];
		})`);
}

/** The same for the choices of all fields that are not among those seen; each resource has its own. */
async function cutOffChoices(
	seen: Set<string>,
	resource: INodeParameters[string],
): Promise<string[]> {
	const { page } = editor;
	const dropDowns = page.locator(DROP_DOWN).filter({ visible: true });
	const names = await dropDowns.evaluateAll((found) =>
		(found as Array<{ closest(selector: string): { dataset: { testId: string } } }>).map(
			(each) => each.closest('[data-test-id]').dataset.testId,
		),
	);
	const choices = page.locator(CHOICE).filter({ visible: true });
	const cut: string[] = [];
	for (const [index, name] of names.entries()) {
		const field = JSON.stringify([resource, name]);
		if (seen.has(field) || name.startsWith('node-credentials')) continue;
		seen.add(field);
		await untilSeen(choices, async (within) => await dropDowns.nth(index).click(within));
		cut.push(...(await cutOff(CHOICE)));
		await page.keyboard.press('Escape');
		await choices.first().waitFor({ state: 'hidden' });
	}
	return cut;
}

/** The last field of the panel is named, since the others are drawn before it. */
it.each<[string, string, INodeProperties[], string]>([
	['Incoming SMS Trigger', 'incomingSmsTrigger', incomingSmsTrigger, 'Options'],
	['Missed Call Trigger', 'missedCallTrigger', missedCallTrigger, 'Options'],
	['Agent Reply', 'agentReply', agentReply, 'Options'],
	['Send SMS', 'sendSms', sendSms, 'Options'],
	['Send SMS, as a tool', 'sendSmsTool', sendSms, 'Options'],
	['SMS Agent', 'smsAgent', smsAgent, KEEP_IN],
	['SMS Agent, as a tool', 'smsAgentTool', smsAgent, KEEP_IN],
])(
	'%s has no label and no choice that the editor cuts off',
	async (title, type, properties, last) => {
		const { page } = editor;
		const setups = setupsOf(properties, type.endsWith('Tool'));
		const nodes = setups.map((parameters, index) => ({
			...nodeIn(fixture, { type, name: `Node ${index}.`, parameters }),
			position: [(index % 4) * 300, Math.floor(index / 4) * 300] as [number, number],
		}));
		const { id } = await fixture.addWorkflow({ name: title, nodes, connections: {} });
		await editor.goTo(`/workflow/${id}`);
		const cut = new Set<string>();
		const seen = new Set<string>();
		for (const { name, parameters } of nodes) {
			const panel = page.locator(PANEL);
			await openNode(editor, name, panel.getByText(last, { exact: true }));
			for (const text of await cutOff(PANEL)) cut.add(text);
			for (const text of await cutOffChoices(seen, parameters['resource'])) cut.add(text);
			await page.locator('[data-test-id="ndv-close-button"]').click();
			await panel.waitFor({ state: 'detached' });
		}
		await editor.screenshot(`labels-${type}`);
		expect([...cut]).toEqual([]);
	},
);
