import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { ensureBuilt, SBOM } from '../../scripts/build/build-package';
import type { sbomOf } from '../../scripts/build/sbom';
import { DIST, ROOT } from '../../scripts/paths';
import manifest from '../../package.json';

type Sbom = ReturnType<typeof sbomOf>;

const textOf = (...path: string[]) => readFileSync(join(ROOT, ...path), 'utf8');

describe('the list of what is inside the package', () => {
	/** Name and version of each package of which the bundler took at least one byte. */
	let inside: Array<{ name: string; version: string }>;
	let sbom: Sbom;
	let notices: string;

	beforeAll(async () => {
		const { metafile } = await ensureBuilt();
		const taken = Object.values(metafile.outputs).flatMap(({ inputs }) =>
			Object.entries(inputs).flatMap(([path, { bytesInOutput }]) =>
				bytesInOutput > 0 && path.startsWith('node_modules/') ? [path] : [],
			),
		);
		const folders = new Set(
			taken.map((path) =>
				path
					.split('/')
					.slice(0, path.includes('/@') ? 3 : 2)
					.join('/'),
			),
		);
		inside = [...folders].map((folder) => {
			const { name, version } = JSON.parse(
				textOf(folder, 'package.json'),
			) as Sbom['components'][0];
			return { name, version };
		});
		sbom = JSON.parse(readFileSync(join(DIST, SBOM), 'utf8')) as Sbom;
		notices = readFileSync(join(DIST, 'THIRD_PARTY_NOTICES.txt'), 'utf8');
	});

	it('names each package that was bundled, and no other', () => {
		const listed = sbom.components.map(({ name, version }) => ({ name, version }));
		const byName = (one: { name: string }, other: { name: string }) =>
			one.name.localeCompare(other.name);
		expect(inside.length).toBeGreaterThan(5);
		expect(listed.sort(byName)).toEqual(inside.sort(byName));
	});

	it('is CycloneDX, with a licence, an address and a checksum of each', () => {
		expect(sbom).toMatchObject({
			bomFormat: 'CycloneDX',
			specVersion: '1.6',
			version: 1,
			metadata: { component: { name: manifest.name, version: manifest.version } },
		});
		for (const component of sbom.components) {
			expect(component).toEqual({
				type: 'library',
				'bom-ref': component.purl,
				name: component.name,
				version: component.version,
				licenses: [{ license: { id: expect.stringMatching(/^[A-Za-z0-9.+-]+$/) } }],
				purl: `pkg:npm/${component.name.replace('@', '%40')}@${component.version}`,
				hashes: [{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }],
			});
		}
	});

	it('refers to nothing that it does not list', () => {
		const refs = new Set([
			sbom.metadata.component['bom-ref'],
			...sbom.components.map((component) => component['bom-ref']),
		]);
		expect(refs.size).toBe(sbom.components.length + 1);
		const named = sbom.dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn]);
		expect(named.filter((ref) => !refs.has(ref))).toEqual([]);
	});

	it('stands before the notices too', () => {
		const [list = ''] = notices.split('-'.repeat(80));
		for (const { name, version } of inside) expect(list).toContain(`  ${name} ${version} (`);
	});

	it('is what Dependabot proposes apart from tools, as far as we ask for it', () => {
		const [, bundled = ''] =
			/ {6}bundled:\n {8}patterns:\n((?: {10}- .*\n)+)/.exec(
				textOf('.github/dependabot.yml'),
			) ?? [];
		const grouped = [...bundled.matchAll(/- '?([^'\n]+)'?/g)].map(([, name]) => name).sort();
		const asked = Object.keys(manifest.devDependencies);
		const ours = inside.map(({ name }) => name).filter((name) => asked.includes(name));
		expect(grouped).toEqual(ours.sort());
	});
});

describe('the workflows', () => {
	it.each(['ci.yml', 'release.yml'])(
		'%s looks for known weaknesses of what is bundled',
		(file) => {
			const text = textOf('.github/workflows', file);
			expect(text).toContain('npm run audit:bundled');
			expect(text).toContain('npm audit --omit=dev --omit=peer --audit-level=high');
		},
	);

	it('publish with a proof of the origin, after all checks', () => {
		const text = textOf('.github/workflows/release.yml');
		expect(text).toMatch(/id-token: write/);
		const publish = text.indexOf('npm publish --provenance');
		expect(publish).toBeGreaterThan(text.indexOf('npm run audit:bundled'));
	});
});
