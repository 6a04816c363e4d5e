import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Page } from 'playwright-core';

export interface Cut {
	x: number;
	y: number;
	width: number;
	height: number;
	/** Default 1: a pixel of the window is one of the picture. */
	scale?: number;
}

/** Saves the window, or what is cut out of it, as WebP: a fifth of a PNG, and pictures go into the package. */
export async function takePicture(page: Page, path: string, cut?: Cut): Promise<void> {
	const devTools = await page.context().newCDPSession(page);
	const { data } = await devTools.send('Page.captureScreenshot', {
		format: 'webp',
		quality: 65,
		...(cut && { clip: { scale: 1, ...cut } }),
	});
	await devTools.detach();
	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(path, Buffer.from(data, 'base64'));
}
