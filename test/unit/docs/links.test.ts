import { existsSync, readFileSync } from 'node:fs';
import { basename, join, posix } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import manifest from '../../../package.json';
import {
	AnchorNames,
	IN_PACKAGE,
	packedPages,
	packedPath,
	pageOf,
	readmeForNpm,
} from '../../../scripts/build/pages';
import { filesUnder } from '../../../scripts/build/source-hash';
import { ROOT } from '../../../scripts/paths';

/** A page of the newest version, where unpkg serves it. */
const OUR_PAGES =
	/https:\/\/unpkg\.com\/n8n-nodes-sms-agent\/dist\/docs\/([\w/-]+)\.html#?([\w-]*)/g;

/** Pages for those who have a clone. The README names them as such. */
const IN_THE_CLONE_ONLY = [
	'CONTRIBUTING.md',
	'docs/add-a-store.md',
	'docs/benchmarks.md',
	'docs/decisions.md',
	'docs/demo.md',
	'docs/how-a-text-travels.md',
	'test/fixtures/built-in',
];

interface Link {
	/** Seen from the root of the clone. */
	from: string;
	to: string;
	anchor: string;
}

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const pages = [...filesAtRoot(), ...filesUnder(ROOT, 'docs')].filter((path) =>
	path.endsWith('.md'),
);
const links = pages.flatMap(relativeLinks);

describe('a link', () => {
	it('is found on every page that has some', () => {
		expect(links.length).toBeGreaterThan(100);
	});

	it('leads to a file that is there', () => {
		expect(links.filter(({ to }) => !existsSync(join(ROOT, to)))).toEqual([]);
	});

	it('with an anchor leads to a heading that is there', () => {
		const lost = links.filter(
			({ to, anchor }) => anchor !== '' && !anchorsOf(to).includes(anchor),
		);
		expect(lost).toEqual([]);
	});

	it('from the editor leads each node to its own page, and each credential to its section', () => {
		const sources = ['nodes', 'credentials'].flatMap((folder) => filesUnder(ROOT, folder));
		const pageOfSource = (source: string) =>
			[...read(source).matchAll(OUR_PAGES)].map(([, page = '', anchor = '']) => {
				const path = `docs/${page}.md`;
				expect(packedPath(path)).toBe(`dist/docs/${page}.html`);
				expect(['', ...anchorsOf(path)]).toContain(anchor);
				return `${page}#${anchor}`;
			});
		const linked = new Map(
			sources.flatMap((source) => {
				const targets = pageOfSource(source);
				return targets.length > 0 ? [[basename(source), targets]] : [];
			}),
		);
		const twilio = 'nodes/credentials#twilio-messaging-api';
		expect(Object.fromEntries(linked)).toEqual({
			'AgentReply.node.json': ['nodes/agent-reply#'],
			'IncomingSmsTrigger.node.json': [twilio, 'nodes/incoming-sms-trigger#'],
			'MissedCallTrigger.node.json': [twilio, 'nodes/missed-call-trigger#'],
			'SendSms.node.json': ['nodes/send-sms#'],
			'SmsAgent.node.json': ['nodes/sms-agent#'],
			'SmsThreadMemory.node.json': ['nodes/sms-thread-memory#'],
			'OpenAiCompatibleApi.credentials.ts': ['nodes/credentials#openai-or-similar-api'],
			'ThreadStorePostgresApi.credentials.ts': [
				'nodes/credentials#sms-conversations-postgres-api',
			],
			'ThreadStoreRedisApi.credentials.ts': ['nodes/credentials#sms-conversations-redis-api'],
			'TwilioMessagingApi.credentials.ts': [twilio],
		});
	});

	it('from a page in the package leads to what is in the package', () => {
		const packed = ['README.md', ...packedPages()];
		const astray = links.filter(
			({ from, to }) =>
				packed.includes(from) &&
				to !== 'README.md' &&
				packedPath(to) === undefined &&
				!IN_THE_CLONE_ONLY.includes(to),
		);
		expect(astray).toEqual([]);
	});
});

function filesAtRoot(): string[] {
	const names = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md'];
	return names.filter((name) => existsSync(join(ROOT, name)));
}

function relativeLinks(from: string): Link[] {
	return [...prose(from).matchAll(/\]\(([^)\s]+)\)/g)]
		.map(([, target = '']) => target)
		.filter((target) => !/^[a-z]+:/.test(target))
		.map((target) => {
			const [path = '', anchor = ''] = target.split('#');
			const to = path === '' ? from : posix.join(posix.dirname(from), path);
			return { from, to, anchor };
		});
}

function anchorsOf(path: string): string[] {
	const names = new AnchorNames();
	return [...prose(path).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
		names.next(heading),
	);
}

/** Without blocks and words of code, where nothing is a link or a heading. */
function prose(path: string): string {
	return read(path)
		.replaceAll(/^```[^]*?^```/gm, '')
		.replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]]/g, ' '));
}

describe('the README on npm', () => {
	const onNpm = readmeForNpm(read('README.md'));
	const targets = [...onNpm.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);

	it('has no link and no picture that npm could not show', () => {
		expect(targets.length).toBeGreaterThan(30);
		expect(targets.filter((target) => !/^(https:\/\/|#)/.test(target))).toEqual([]);
	});

	it('shows its pictures, and pages, from this version of the package', () => {
		const ours = targets.filter((target) => target.startsWith(IN_PACKAGE));
		expect(ours.filter((target) => target.endsWith('.webp'))).not.toEqual([]);
		expect(ours.filter((target) => target.includes('.html'))).not.toEqual([]);
		expect(IN_PACKAGE).toContain(`@${manifest.version}/`);
	});
});

describe('a page in the package', () => {
	it('has its links, headings and tables as HTML', () => {
		const html = pageOf(
			'docs/nodes/agent-reply.md',
			'# Agent\n\n## Two words\n\n| A |\n|---|\n| [b](../troubleshooting.md#x), [how](../decisions.md), [home](../../README.md) |\n\n![P](../images/trigger.webp)\n',
		);
		expect(html).toContain('<h2 id="two-words">Two words</h2>');
		expect(html).toContain(
			'<td><a href="../troubleshooting.html#x">b</a>, how, <a href="https://www.npmjs.com/package/n8n-nodes-sms-agent">home</a></td>',
		);
		expect(html).toContain('src="../images/trigger.webp"');
		expect(html).toContain('<title>Agent · n8n-nodes-sms-agent</title>');
	});
});
