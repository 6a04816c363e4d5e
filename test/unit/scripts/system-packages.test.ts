import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { findProgram, planFor } from '../../../scripts/setup/system-packages';

const ROOT_ON_DEBIAN = { debian: true, root: true, forbidden: false };

describe('missing system packages', () => {
	it('are named before apt-get installs them, with what forbids it', () => {
		const { say, run } = planFor(['chromium', 'redis'], ROOT_ON_DEBIAN);
		expect(say).toContain('Not on this machine: Chromium, Redis.');
		expect(say).toContain('Installing the system packages chromium, redis-server');
		expect(say).toContain('NO_SYSTEM_PACKAGES=1 forbids it');
		expect(run).toEqual([
			['update', '-q'],
			['install', '-y', '--no-install-recommends', 'chromium', 'redis-server'],
		]);
	});

	it('are left alone when the variable forbids it, and the line to run is printed', () => {
		const { say, run } = planFor(['postgres', 'pgbouncer'], {
			...ROOT_ON_DEBIAN,
			forbidden: true,
		});
		expect(run).toEqual([]);
		expect(say).toContain('NO_SYSTEM_PACKAGES forbids');
		expect(say).toMatch(
			/^ {2}apt-get install -y --no-install-recommends postgresql pgbouncer$/m,
		);
	});

	it('are for the person to install who is not root', () => {
		const { say, run } = planFor(['redis'], { ...ROOT_ON_DEBIAN, root: false });
		expect(run).toEqual([]);
		expect(say).toMatch(/^ {2}sudo apt-get install .* redis-server$/m);
	});

	it('are for the person to install where there is no apt-get', () => {
		const { say, run } = planFor(['chromium', 'redis'], {
			debian: false,
			root: true,
			forbidden: false,
		});
		expect(run).toEqual([]);
		expect(say).toContain('brew install --cask chromium && brew install redis');
		expect(say).toContain('CHROMIUM_PATH');
	});
});

describe('a program', () => {
	it('is found on the PATH, under any of its names', () => {
		const folder = mkdtempSync(join(tmpdir(), 'sms-programs-'));
		const program = join(folder, 'google-chrome');
		writeFileSync(program, '');
		chmodSync(program, 0o755);
		try {
			expect(findProgram('chromium', `/nowhere:${folder}`)).toBe(program);
		} finally {
			rmSync(folder, { recursive: true });
		}
	});
});
