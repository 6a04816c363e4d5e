import { beforeAll, describe, expect, it } from '@jest/globals';
import {
	namesInPackage,
	namesOnPages,
	nodePages,
	type NodePage,
} from '../../../scripts/docs/node-pages';

describe('the pages of the nodes', () => {
	let pages: NodePage[];
	beforeAll(async () => {
		pages = await nodePages();
	});

	it('tell every field as its description does; else run `npm run docs:nodes`', () => {
		expect(pages).not.toEqual([]);
		expect(pages.map(({ text }) => text)).toEqual(pages.map(({ filled }) => filled));
	});

	it('have the fields of every node and every credential, once', async () => {
		expect(namesOnPages(pages).toSorted()).toEqual((await namesInPackage()).toSorted());
	});
});
