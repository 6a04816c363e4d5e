'use strict';

const { availableParallelism } = require('node:os');

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** @type {[string, object]} */
const SWC = [
	'@swc/jest',
	{
		swcrc: false,
		jsc: {
			target: 'es2022',
			keepClassNames: true,
			parser: { syntax: 'typescript', dynamicImport: true },
		},
		module: { type: 'commonjs' },
	},
];

/**
 * What every project shares; the projects differ in where their tests are and how long one may take:
 * longer than on the busiest machine, so that only what hangs takes so long.
 */
const common = {
	rootDir: __dirname,
	testEnvironment: 'node',
	// n8n and the Node of the toolchain carry package.json files and tests of their own.
	modulePathIgnorePatterns: ['<rootDir>/(host|toolchain|dist|\\.e2e|\\.demo)/'],
	resolver: '<rootDir>/test/support/resolve-typescript.js',
	transform: {
		'\\.(lua|sql)$': '<rootDir>/test/support/text-files.js',
		'\\.ts$': SWC,
		// The one package that comes as ECMAScript modules only.
		'/node_modules/mime/.*\\.js$': SWC,
	},
	transformIgnorePatterns: ['/node_modules/(?!mime/)'],
	restoreMocks: true,
};

/** End-to-end files that take minutes each and show what seldom changes: `npm run test:long`. */
const LONG = [
	...['labels', 'one-version', 'resellers-queue', 'two-runs', 'update', 'workflows-in-editor'],
	'node-panel',
];
const LONG_FILES = `**/test/e2e/{${LONG.join(',')}}.test.ts`;

/**
 * @param {string} displayName
 * @param {number} timeoutMs
 */
const project = (displayName, timeoutMs, overrides = {}) => ({
	...common,
	displayName,
	testMatch: [`<rootDir>/test/${displayName}/**/*.test.ts`],
	globals: { TEST_TIMEOUT_MS: timeoutMs },
	setupFilesAfterEnv: ['<rootDir>/test/support/test-timeout.js'],
	...overrides,
});

const WITH_TIMERS_ENDED = [
	'<rootDir>/test/support/test-timeout.js',
	'<rootDir>/test/support/end-timers.js',
];

/** @satisfies {import('jest').Config} */
module.exports = {
	// Jest's own default leaves one core free, and so would use one of two.
	maxWorkers: Math.max(2, availableParallelism() - 1),
	// A worker that has loaded n8n's engine leaves nothing open, but a busy machine takes a while to end it.
	workerGracefulExitTimeout: 10 * SECOND,
	projects: [
		project('unit', MINUTE, {
			testMatch: ['<rootDir>/test/unit/**/*.test.ts', '<rootDir>/test/architecture.test.ts'],
			setupFilesAfterEnv: [
				'<rootDir>/test/support/test-timeout.js',
				'<rootDir>/test/support/no-sockets.js',
			],
		}),
		project('integration', 2 * MINUTE),
		project('contract', 2 * MINUTE),
		project('emulator', 2 * MINUTE),
		project('nodes', 2 * MINUTE, {
			setupFilesAfterEnv: WITH_TIMERS_ENDED,
			setupFiles: ['<rootDir>/test/nodes/support/private-n8n-folder.ts'],
		}),
		project('build', 5 * MINUTE, { setupFilesAfterEnv: WITH_TIMERS_ENDED }),
		project('e2e', 5 * MINUTE, {
			testMatch:
				process.env['LONG'] === '1'
					? [LONG_FILES]
					: ['<rootDir>/test/e2e/**/*.test.ts', `!${LONG_FILES}`],
			globalSetup: '<rootDir>/test/e2e/global.setup.ts',
			globalTeardown: '<rootDir>/test/e2e/global.teardown.ts',
			runner: '<rootDir>/test/support/side-by-side-runner.js',
		}),
		// For the n8n that `npm run test:versions` names; with the pinned one, `e2e` shows more.
		...(process.env['TEST_N8N_FOLDER']
			? [
					project('versions', 5 * MINUTE, {
						testMatch: [
							'<rootDir>/test/versions/*.test.ts',
							'<rootDir>/test/e2e/resellers.test.ts',
						],
						globalSetup: '<rootDir>/test/e2e/global.setup.ts',
						globalTeardown: '<rootDir>/test/e2e/global.teardown.ts',
						runner: '<rootDir>/test/faults/support/one-file-at-a-time-runner.js',
					}),
				]
			: []),
		// Each scenario brings a limit of its own; this one is for starting n8n.
		project('faults', 5 * MINUTE, {
			testMatch: [
				'<rootDir>/test/faults/*.test.ts',
				...(process.env['SOAK'] === '1' ? ['<rootDir>/test/faults/soak/*.test.ts'] : []),
			],
			globalSetup: '<rootDir>/test/faults/global.setup.ts',
			globalTeardown: '<rootDir>/test/faults/global.teardown.ts',
			// They wait for silence most of the time. At the sizes of the soak each needs the machine for itself.
			runner:
				process.env['SOAK'] === '1'
					? '<rootDir>/test/faults/support/one-file-at-a-time-runner.js'
					: '<rootDir>/test/support/side-by-side-runner.js',
		}),
		// Each class of attacks brings a limit of its own; this one is for starting n8n.
		project('attack', 5 * MINUTE, {
			globalSetup: '<rootDir>/test/faults/global.setup.ts',
			globalTeardown: '<rootDir>/test/faults/global.teardown.ts',
			runner: '<rootDir>/test/faults/support/one-file-at-a-time-runner.js',
		}),
	],
};
