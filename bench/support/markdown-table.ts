export interface Table {
	caption: string;
	columns: string[];
	rows: string[][];
}

export function markdownTable({ caption, columns, rows }: Table): string {
	const line = (cells: string[]) =>
		`| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
	const rule = `| ${columns.map((_, index) => (index === 0 ? '---' : '---:')).join(' | ')} |`;
	return [`**${caption}**`, '', line(columns), rule, ...rows.map(line)].join('\n');
}

/**
 * The document with what stands between the markers of `name` replaced. Throws where it has no such
 * markers: a table that nobody reads would look as if it had been brought up to date.
 */
export function withSection(document: string, name: string, content: string): string {
	const [start, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
	const [from, to] = [document.indexOf(start), document.indexOf(end)];
	if (from < 0 || to < from) throw new Error(`The document has no place for "${name}"`);
	return `${document.slice(0, from + start.length)}\n\n${content}\n\n${document.slice(to)}`;
}
