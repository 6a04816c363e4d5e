import manifest from '../package.json';
import { unfitForRelease } from './release/unfit-for-release';

// The release workflow runs for a tag, and names it here.
const tag = process.env['GITHUB_REF_TYPE'] === 'tag' ? process.env['GITHUB_REF_NAME'] : undefined;
const lines = unfitForRelease(manifest, tag);
if (lines.length > 0) {
	console.error(
		[`package.json of ${manifest.name} is not ready to be published:`, ...lines].join('\n  '),
	);
	process.exitCode = 1;
} else {
	console.log(`${manifest.name} ${manifest.version} can be published.`);
}
