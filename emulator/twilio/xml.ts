export interface XmlElement {
	readonly name: string;
	readonly attributes: Readonly<Record<string, string>>;
	readonly children: ReadonlyArray<XmlElement | string>;
}

const ENTITIES: Readonly<Record<string, string>> = {
	amp: '&',
	lt: '<',
	gt: '>',
	quot: '"',
	apos: "'",
};
const TOKEN =
	/<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<\/([\w:.-]+)\s*>|<([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|[^<]+/gy;
const ATTRIBUTE = /([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/** A parser just strict enough to refuse what Twilio refuses. Throws on anything ill-formed. */
export function parseXml(text: string): XmlElement {
	const declaration = /^<\?xml[\s\S]*?\?>/.exec(text)?.[0] ?? '';
	const source = text.slice(declaration.length);
	const top: Array<XmlElement | string> = [];
	const open: Array<{ name: string; attributes: Record<string, string>; children: typeof top }> =
		[];
	const here = (): typeof top => open.at(-1)?.children ?? top;

	TOKEN.lastIndex = 0;
	let at = 0;
	for (const match of source.matchAll(TOKEN)) {
		at = match.index + match[0].length;
		const [whole, cdata, closing, opening, attributes, selfClosing] = match;
		if (cdata !== undefined) here().push(cdata);
		else if (closing !== undefined) {
			const element = open.pop();
			if (element?.name !== closing) throw new Error(`</${closing}> closes nothing`);
			here().push(element);
		} else if (opening !== undefined) {
			const element = {
				name: opening,
				attributes: readAttributes(attributes ?? ''),
				children: [],
			};
			if (selfClosing) here().push(element);
			else open.push(element);
		} else if (!whole.startsWith('<!--')) here().push(decode(whole));
	}
	if (at !== source.length) throw new Error(`not XML at character ${declaration.length + at}`);
	if (open.length > 0) throw new Error(`<${open.at(-1)?.name}> is not closed`);
	const roots = top.filter((node) => typeof node !== 'string');
	const stray = top.some((node) => typeof node === 'string' && node.trim() !== '');
	if (roots.length !== 1 || !roots[0] || stray) throw new Error('one root element is required');
	return roots[0];
}

function readAttributes(text: string): Record<string, string> {
	return Object.fromEntries(
		[...text.matchAll(ATTRIBUTE)].map(([, name, double, single]) => [
			name ?? '',
			decode(double ?? single ?? ''),
		]),
	);
}

function decode(text: string): string {
	return text.replace(/&(#x?[\da-fA-F]+|\w+)?;?/g, (whole, name: string | undefined) => {
		if (!name || !whole.endsWith(';')) throw new Error('an ampersand is not escaped');
		if (name.startsWith('#x')) return String.fromCodePoint(parseInt(name.slice(2), 16));
		if (name.startsWith('#')) return String.fromCodePoint(Number(name.slice(1)));
		const entity = ENTITIES[name];
		if (entity === undefined) throw new Error(`unknown entity &${name};`);
		return entity;
	});
}
