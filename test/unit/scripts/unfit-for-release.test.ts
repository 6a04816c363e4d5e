import { describe, expect, it } from '@jest/globals';
import { unfitForRelease } from '../../../scripts/release/unfit-for-release';

const FIT = {
	name: 'n8n-nodes-sms-agent',
	version: '1.2.3',
	author: { name: 'Ada', email: 'ada@sms-agent.test' },
	repository: { type: 'git', url: 'git+https://github.com/ada/n8n-nodes-sms-agent.git' },
	bugs: { url: 'https://github.com/ada/n8n-nodes-sms-agent/issues' },
};

const fields = (lines: string[]) => lines.map((line) => line.split(':')[0]);

describe('a release', () => {
	it('is fit when the owner has filled everything in', () => {
		expect(unfitForRelease(FIT)).toEqual([]);
		expect(unfitForRelease({ ...FIT, private: false }, 'v1.2.3')).toEqual([]);
	});

	it('takes the short forms that npm takes', () => {
		const short = {
			author: 'Ada <ada@sms-agent.test>',
			repository: 'https://github.com/ada/n8n-nodes-sms-agent',
			bugs: 'https://github.com/ada/n8n-nodes-sms-agent/issues',
		};
		expect(unfitForRelease({ ...FIT, ...short })).toEqual([]);
	});

	it('is refused with a name for each thing that only the owner knows', () => {
		const { name, version } = FIT;
		expect(fields(unfitForRelease({ name, version, private: true }))).toEqual([
			'author',
			'repository',
			'bugs',
			'private',
		]);
	});

	it.each([
		['author', { author: { name: 'Ada' } }],
		['author', { author: 'Ada' }],
		['author', { author: { name: 'Ada', email: 'maintainers@users.noreply.github.com' } }],
		['repository', { repository: { type: 'git', url: '' } }],
		['bugs', { bugs: { email: 'ada@sms-agent.test' } }],
		['private', { private: true }],
	])('is refused for %s: %j', (field, change) => {
		expect(fields(unfitForRelease({ ...FIT, ...change }))).toEqual([field]);
	});

	it('is refused when the tag names another version', () => {
		expect(unfitForRelease(FIT, 'v1.2.4')).toEqual([
			'version: it is 1.2.3, but the tag is v1.2.4; make them agree.',
		]);
	});
});
