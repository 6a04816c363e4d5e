import { filled, type Form } from './form';

interface Page<T> {
	readonly items: readonly T[];
	readonly page: number;
	readonly size: number;
	readonly start: number;
	/** Names the last item of this page; null on the last page. */
	readonly nextToken: string | null;
}

const DEFAULT_SIZE = 50;
const MAX_SIZE = 1000;
const PAGING = ['PageSize', 'Page', 'PageToken'];

/** A page of items. With a token it begins behind the item the token names, whatever came in since. */
function cut<T extends { readonly sid: string }>(all: readonly T[], query: Form): Page<T> {
	const size = Math.min(Math.max(Number(filled(query, 'PageSize')) || DEFAULT_SIZE, 1), MAX_SIZE);
	const page = Math.max(Number(filled(query, 'Page')) || 0, 0);
	const after = filled(query, 'PageToken')?.replace(/^PA/, '');
	const found = after === undefined ? -1 : all.findIndex(({ sid }) => sid === after);
	const start = found >= 0 ? found + 1 : page * size;
	const items = all.slice(start, start + size);
	const last = items.at(-1);
	const more = start + size < all.length;
	return {
		items,
		page,
		size,
		start: page * size,
		nextToken: more && last ? `PA${last.sid}` : null,
	};
}

function address(path: string, query: Form, paging: Record<string, string | number>): string {
	const search = new URLSearchParams();
	for (const [name, value] of Object.entries(query)) {
		if (!PAGING.includes(name) && value !== undefined) search.append(name, String(value));
	}
	for (const [name, value] of Object.entries(paging)) search.append(name, String(value));
	return `${path}?${search.toString()}`;
}

function addresses<T>(page: Page<T>, path: string, query: Form) {
	const at = (number: number, more: Record<string, string> = {}): string =>
		address(path, query, { PageSize: page.size, Page: number, ...more });
	return {
		first: at(0),
		previous: page.page > 0 ? at(page.page - 1) : null,
		here: at(page.page),
		next: page.nextToken === null ? null : at(page.page + 1, { PageToken: page.nextToken }),
	};
}

/** The list shape of the 2010-04-01 API: relative URIs. */
export function v2010Page<T extends { readonly sid: string }>(
	key: string,
	all: readonly T[],
	toJson: (item: T) => unknown,
	{ query, url }: { query: Form; url: string },
): Record<string, unknown> {
	const page = cut(all, query);
	const uris = addresses(page, url, query);
	return {
		first_page_uri: uris.first,
		end: Math.max(page.start + page.items.length - 1, 0),
		previous_page_uri: uris.previous,
		[key]: page.items.map(toJson),
		uri: uris.here,
		page_size: page.size,
		start: page.start,
		next_page_uri: uris.next,
		page: page.page,
	};
}

/** The list shape of messaging v1: absolute URLs in `meta`, which also names the array. */
export function v1Page<T extends { readonly sid: string }>(
	key: string,
	all: readonly T[],
	toJson: (item: T) => unknown,
	{ query, url, baseUrl }: { query: Form; url: string; baseUrl: string },
): Record<string, unknown> {
	const page = cut(all, query);
	const urls = addresses(page, baseUrl + url, query);
	return {
		meta: {
			page: page.page,
			page_size: page.size,
			first_page_url: urls.first,
			previous_page_url: urls.previous,
			url: urls.here,
			next_page_url: urls.next,
			key,
		},
		[key]: page.items.map(toJson),
	};
}
