'use strict';

const MINUTE = 60_000;

/** What every project shares; the projects differ in where their tests are and how long one may take. */
const common = {
	rootDir: __dirname,
	testEnvironment: 'node',
	// n8n and the Node of the toolchain carry package.json files and tests of their own.
	modulePathIgnorePatterns: ['<rootDir>/(host|toolchain|dist|\\.e2e|\\.demo)/'],
	resolver: '<rootDir>/test/support/resolve-typescript.js',
	transform: {
		'\\.ts$': [
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
		],
	},
	restoreMocks: true,
};

const project = (displayName, overrides = {}) => ({
	...common,
	displayName,
	testMatch: [`<rootDir>/test/${displayName}/**/*.test.ts`],
	...overrides,
});

/** @type {import('jest').Config} */
module.exports = {
	projects: [
		project('unit', {
			testMatch: ['<rootDir>/test/unit/**/*.test.ts', '<rootDir>/test/architecture.test.ts'],
		}),
		project('contract', { testTimeout: 30_000 }),
		project('emulator', { testTimeout: 30_000 }),
		project('nodes', {
			testTimeout: 30_000,
			setupFiles: ['<rootDir>/test/nodes/support/private-n8n-folder.ts'],
		}),
		project('types', { testTimeout: 5 * MINUTE }),
		project('lint', { testTimeout: 5 * MINUTE }),
		project('build', { testTimeout: 3 * MINUTE }),
		project('e2e', {
			testTimeout: 3 * MINUTE,
			globalSetup: '<rootDir>/test/e2e/global.setup.ts',
			globalTeardown: '<rootDir>/test/e2e/global.teardown.ts',
			runner: '<rootDir>/test/e2e/support/one-file-at-a-time-runner.js',
		}),
	],
};
