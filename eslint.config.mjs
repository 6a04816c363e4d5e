import js from '@eslint/js';
import communityNodes from '@n8n/eslint-plugin-community-nodes';
import jest from 'eslint-plugin-jest';
import nodesBase from 'eslint-plugin-n8n-nodes-base';
import regexp from 'eslint-plugin-regexp';
import { defineConfig } from 'eslint/config';
import globals from 'globals';
import tseslint from 'typescript-eslint';

/** `npm run lint:cloud` asks what n8n's profile for verified Cloud nodes would still object to. */
const cloud = process.env.LINT_PROFILE === 'cloud';
const communityProfile = cloud ? 'recommended' : 'recommendedWithoutN8nCloudSupport';

/** One of the rule sets of eslint-plugin-n8n-nodes-base, which still speaks the old config format. */
const nodesBaseRules = (set) => ({
	plugins: { 'n8n-nodes-base': nodesBase },
	rules: nodesBase.configs[set].rules,
});

const packageSources = ['nodes/**/*.ts', 'credentials/**/*.ts'];
const tooling = ['scripts/**/*.ts', 'bench/**/*.ts', 'emulator/**/*.ts', 'harness/**/*.ts'];
const typeScript = [...packageSources, ...tooling, 'test/**/*.ts'];

export default defineConfig(
	{
		ignores: [
			'dist/',
			'coverage/',
			'.e2e/',
			'.demo/',
			'host/',
			'toolchain/',
			'package-lock.json',
		],
	},
	{ linterOptions: { reportUnusedDisableDirectives: 'error' } },

	{
		files: typeScript,
		extends: [js.configs.recommended, tseslint.configs.recommendedTypeChecked],
		languageOptions: { parserOptions: { projectService: true } },
		rules: {
			eqeqeq: 'error',
			'no-console': 'error',
			'@typescript-eslint/consistent-type-imports': 'error',
			'@typescript-eslint/no-explicit-any': 'error',
			'@typescript-eslint/no-floating-promises': 'error',
			'@typescript-eslint/no-misused-promises': 'error',
			'@typescript-eslint/only-throw-error': 'error',
			'@typescript-eslint/require-await': 'off', // async keeps the shape of a port where nothing waits
			'@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
			'@typescript-eslint/switch-exhaustiveness-check': [
				'error',
				{ considerDefaultExhaustiveForUnions: true },
			],
			'@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
		},
	},

	{
		files: packageSources,
		extends: [communityNodes.configs[communityProfile]],
	},
	{
		// A contact and a model choose the words that these read, and n8n does nothing else meanwhile.
		files: packageSources,
		plugins: { regexp },
		rules: {
			'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
			'regexp/no-super-linear-move': ['error', { report: 'potential' }],
		},
	},
	{
		files: ['nodes/**/*.ts'],
		extends: [nodesBaseRules('nodes')],
		rules: {
			// They allow one output and one input on a node. Ours have an output per outcome.
			'n8n-nodes-base/node-class-description-inputs-wrong-regular-node': 'off',
			'n8n-nodes-base/node-class-description-outputs-wrong': 'off',
			// It sees a default only where it is a literal. Ours stand once, beside what reads them, and
			// the type of a property demands one.
			'n8n-nodes-base/node-param-default-missing': 'off',
		},
	},
	{
		// Shared code throws errors of the domain; nodes/shared/n8n turns them into n8n's, once.
		files: ['nodes/shared/**/*.ts'],
		rules: { '@n8n/community-nodes/require-node-api-error': 'off' },
	},
	{
		files: ['credentials/**/*.ts'],
		extends: [nodesBaseRules('credentials')],
		rules: {
			// For nodes inside n8n's own repository; a community credential has a URL here.
			'n8n-nodes-base/cred-class-field-documentation-url-miscased': 'off',
		},
	},
	{
		files: ['package.json'],
		extends: [communityNodes.configs[communityProfile], nodesBaseRules('community')],
		languageOptions: {
			parser: tseslint.parser,
			parserOptions: { extraFileExtensions: ['.json'] },
		},
		rules: {
			// Only the owner can name an author: `npm run release:check` refuses to publish without one.
			'@n8n/community-nodes/valid-author': 'off',
			'n8n-nodes-base/community-package-json-author-missing': 'off',
		},
	},

	{
		// Test doubles pass methods around on purpose.
		files: ['test/**/*.ts', 'emulator/**/*.ts'],
		rules: { '@typescript-eslint/unbound-method': 'off' },
	},
	{
		files: ['test/**/*.test.ts'],
		extends: [jest.configs['flat/recommended']],
		rules: {
			// `expect` also hides in helpers and in fast-check properties.
			'jest/expect-expect': [
				'error',
				{ assertFunctionNames: ['expect*', 'fc.assert', 'assert*'] },
			],
			'jest/no-conditional-expect': 'error',
			'jest/no-disabled-tests': 'error',
			'jest/no-focused-tests': 'error',
		},
	},
	{
		files: [...tooling, 'test/e2e/*.ts', 'test/e2e/support/**/*.ts'],
		rules: { 'no-console': 'off' }, // they report to a terminal
	},

	{
		files: ['**/*.js', '**/*.mjs'],
		extends: [js.configs.recommended],
		languageOptions: { globals: globals.node },
	},
	{
		files: ['**/*.js'],
		ignores: ['emulator/phone-page/**'],
		languageOptions: { sourceType: 'commonjs' },
	},
	{
		files: ['emulator/phone-page/**/*.js'],
		languageOptions: { globals: globals.browser },
	},
	{
		files: ['test/support/{test-timeout,no-sockets}.js'],
		languageOptions: { globals: globals.jest },
	},
);
