import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './paths';

/** Shows what n8n's profile for verified Cloud nodes objects to. Information, not a gate. */
const { status } = spawnSync(
	process.execPath,
	[join(ROOT, 'node_modules/eslint/bin/eslint.js'), 'nodes', 'credentials', 'package.json'],
	{ cwd: ROOT, stdio: 'inherit', env: { ...process.env, LINT_PROFILE: 'cloud' } },
);
console.log(
	status === 0
		? 'The Cloud profile has no objection.'
		: 'These are the objections of the Cloud profile; the package is for self-hosted n8n.',
);
