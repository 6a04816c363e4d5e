import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { launchBrowser } from './launch-browser';
import type { N8nClient } from './n8n-client';
import { poll } from './poll';
import { thisRun } from './run';

/** The editor is large, and a busy machine slow. */
const PAGE_TIMEOUT_MS = 90_000;

/** How long the first click may take to show something; each further one gets twice as long. */
const FIRST_LOOK_MS = 5_000;

export interface Editor {
	readonly page: Page;
	/** Opens a page of n8n by its path, `/workflow/<id>` or so; wait for what should be on it. */
	goTo(path: string): Promise<void>;
	/** Saves what is on the screen as `screenshots/<name>.png` in the folder of this run and returns the path. */
	screenshot(name: string): Promise<string>;
	close(): Promise<void>;
}

/** n8n's editor in a headless Chromium, logged in as the client's owner. */
export async function openEditor(client: N8nClient, path?: string): Promise<Editor> {
	const browser = await launchBrowser();
	try {
		const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
		const cookie = await client.authCookie();
		await context.addCookies([{ ...cookie, url: client.url }]);
		await context.addInitScript(
			(browserId) => globalThis.localStorage?.setItem('n8n-browserId', browserId),
			client.browserId,
		);
		context.setDefaultTimeout(PAGE_TIMEOUT_MS);
		const page = await context.newPage();
		const editor: Editor = {
			page,
			async goTo(to) {
				await page.goto(`${client.url}${to}`, {
					waitUntil: 'load',
					timeout: PAGE_TIMEOUT_MS,
				});
			},
			async screenshot(name) {
				const folder = join(thisRun.folder, 'screenshots');
				mkdirSync(folder, { recursive: true });
				const file = join(folder, `${name}.png`);
				await page.screenshot({ path: file });
				return file;
			},
			close: () => browser.close(),
		};
		if (path !== undefined) await editor.goTo(path);
		return editor;
	} catch (error) {
		await browser.close();
		throw error;
	}
}

/**
 * Opens something by a click or so, which is repeated until it is seen: the editor loses one that
 * falls into the closing of the list before, or into a new drawing. What is open is not clicked again.
 */
export async function untilSeen(
	opened: Locator,
	open: (within: { timeout: number }) => Promise<void>,
): Promise<void> {
	const first = opened.first();
	let timeout = FIRST_LOOK_MS;
	let problem: unknown;
	await poll(
		() => `${opened.toString()} to be seen: ${String(problem)}`,
		async () => {
			if (await first.isVisible()) return true;
			const seen = open({ timeout }).then(() => first.waitFor({ timeout }));
			timeout *= 2;
			return await seen.then(
				() => true,
				(error: unknown) => void (problem = error),
			);
		},
		{ timeoutMs: PAGE_TIMEOUT_MS },
	);
}

/** Opens a node on the canvas, and resolves when `shown` is seen. */
export async function openNode({ page }: Editor, name: string, shown: Locator): Promise<void> {
	const node = page.locator('[data-test-id="canvas-node"]').filter({ hasText: name });
	await untilSeen(shown, async (within) => await node.first().dblclick(within));
}
