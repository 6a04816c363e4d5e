/** The fields of package.json that only the owner of the package can fill in. */
export interface ReleaseManifest {
	name: string;
	version: string;
	private?: unknown;
	author?: unknown;
	repository?: unknown;
	bugs?: unknown;
}

/** What keeps a package.json from being published: a line per field, with the fix; none when it is fit. */
export function unfitForRelease(manifest: ReleaseManifest, tag?: string): string[] {
	const lines: string[] = [];
	const author = person(manifest.author);
	if (!author.name || !author.email) {
		lines.push('author: fill in the name and the email address of whoever publishes it.');
	} else if (/noreply|example\.(com|org|net)/i.test(author.email)) {
		lines.push(`author: ${author.email} reaches nobody; give an address that does.`);
	}
	if (!/github\.com[/:][^/]+\/[^/]+/.test(urlOf(manifest.repository))) {
		lines.push(
			'repository: fill in { "type": "git", "url": "git+https://github.com/<owner>/<name>.git" }; npm proves the origin against it.',
		);
	}
	if (!/^https:\/\/./.test(urlOf(manifest.bugs))) {
		lines.push('bugs: fill in { "url": "https://github.com/<owner>/<name>/issues" }.');
	}
	if (manifest.private) {
		lines.push('private: remove it; it keeps npm from publishing until the rest is filled in.');
	}
	if (tag !== undefined && tag !== `v${manifest.version}`) {
		lines.push(`version: it is ${manifest.version}, but the tag is ${tag}; make them agree.`);
	}
	return lines;
}

/** npm takes an author as an object or as "Name <address>". */
function person(value: unknown): { name: string; email: string } {
	if (typeof value === 'string') {
		const [, name = '', email = ''] = /^([^<]*)<([^>]+)>/.exec(value) ?? [];
		return { name: name.trim(), email: email.trim() };
	}
	return { name: textIn(value, 'name'), email: textIn(value, 'email') };
}

/** npm takes an address as a text or as an object with one. */
function urlOf(value: unknown): string {
	return typeof value === 'string' ? value : textIn(value, 'url');
}

function textIn(value: unknown, key: string): string {
	if (typeof value !== 'object' || value === null || !(key in value)) return '';
	const text = (value as Record<string, unknown>)[key];
	return typeof text === 'string' ? text.trim() : '';
}
