'use strict';

const { existsSync } = require('node:fs');
const { delimiter, join } = require('node:path');

/**
 * Programs that npm cannot install, and their packages.
 *
 * @typedef {'chromium' | 'redis' | 'postgres' | 'pgbouncer'} Need
 * @typedef {{ what: string, programs: string[], paths?: string[], debian: string, brew: string }} SystemPackage
 * @typedef {{ debian: boolean, root: boolean, forbidden: boolean }} Machine
 */

/** Set to 1, it keeps every command from installing system packages. */
const FORBID = 'NO_SYSTEM_PACKAGES';

/** @type {Record<Need, SystemPackage>} */
const SYSTEM_PACKAGES = {
	chromium: {
		what: 'Chromium',
		programs: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
		paths: [
			'/Applications/Chromium.app/Contents/MacOS/Chromium',
			'/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
			...[process.env['PROGRAMFILES'] ?? '', process.env['LOCALAPPDATA'] ?? ''].map(
				(folder) => join(folder, 'Google', 'Chrome', 'Application', 'chrome.exe'),
			),
		],
		debian: 'chromium',
		brew: '--cask chromium',
	},
	redis: { what: 'Redis', programs: ['redis-server'], debian: 'redis-server', brew: 'redis' },
	postgres: {
		what: 'Postgres',
		programs: ['pg_ctl'],
		paths: ['/usr/lib/postgresql'],
		debian: 'postgresql',
		brew: 'postgresql',
	},
	pgbouncer: {
		what: 'PgBouncer',
		programs: ['pgbouncer'],
		debian: 'pgbouncer',
		brew: 'pgbouncer',
	},
};

/**
 * Where a program is, or nothing.
 *
 * @param {Need} need
 * @param {string} [path] as the environment's PATH
 * @returns {string | undefined}
 */
function findProgram(need, path = process.env['PATH'] ?? '') {
	const { programs, paths = [] } = SYSTEM_PACKAGES[need];
	// Debian keeps servers outside the PATH of ordinary users.
	const folders = [...path.split(delimiter), '/usr/sbin', '/usr/local/sbin'];
	const onPath = programs.flatMap((name) => folders.map((folder) => join(folder, name)));
	return [...onPath, ...paths].find((file) => existsSync(file));
}

/**
 * What to say about packages that are missing, and the apt-get commands to run; no commands where
 * the person has to install them.
 *
 * @param {Need[]} missing
 * @param {Machine} machine
 * @returns {{ say: string, run: string[][] }}
 */
function planFor(missing, { debian, root, forbidden }) {
	const packages = missing.map((need) => SYSTEM_PACKAGES[need]);
	const names = packages.map(({ what }) => what).join(', ');
	const aptGet = ['install', '-y', '--no-install-recommends', ...packages.map((p) => p.debian)];
	if (debian && root && !forbidden) {
		const list = packages.map((p) => p.debian).join(', ');
		return {
			say: `Not on this machine: ${names}. Installing the system packages ${list} with apt-get (${FORBID}=1 forbids it).`,
			run: [['update', '-q'], aptGet],
		};
	}
	const onDebian = `${root ? '' : 'sudo '}apt-get ${aptGet.join(' ')}`;
	const onMacOs = packages.map((p) => `brew install ${p.brew}`).join(' && ');
	const how = debian
		? `Run:\n  ${onDebian}`
		: `Install them.\n  On macOS: ${onMacOs}\n  On Debian or Ubuntu: ${onDebian}`;
	const why = forbidden ? ` and ${FORBID} forbids installing them` : '';
	const chromium = missing.includes('chromium')
		? '\nOr set CHROMIUM_PATH to the program of a Chromium or Chrome.'
		: '';
	return { say: `Not on this machine: ${names}${why}. ${how}${chromium}`, run: [] };
}

module.exports = { FORBID, findProgram, planFor };
