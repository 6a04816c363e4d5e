import type { BundledPackage } from './bundled-packages';

/** The part of a lock file that tells what was downloaded. */
export interface LockFile {
	packages: Record<string, { integrity?: string }>;
}

interface Ours {
	name: string;
	version: string;
	license: string;
}

/**
 * What is inside the package, as CycloneDX 1.6: each bundled package with its version, licence, address
 * and the checksum of the archive it came from. The same sources give the same text, so it bears
 * neither a time nor a serial number.
 */
export function sbomOf(
	{ name, version, license }: Ours,
	packages: readonly BundledPackage[],
	lock: LockFile,
) {
	const bundled = new Map(packages.map((one) => [one.name, purlOf(one)]));
	const root = purlOf({ name, version });
	return {
		$schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
		bomFormat: 'CycloneDX',
		specVersion: '1.6',
		version: 1,
		metadata: {
			component: {
				type: 'library',
				'bom-ref': root,
				...described({ name, version, license }),
			},
		},
		components: packages.map((one) => ({
			type: 'library',
			'bom-ref': purlOf(one),
			...described(one),
			...hashesOf(lock.packages[one.folder]?.integrity),
		})),
		dependencies: [
			{ ref: root, dependsOn: [...bundled.values()] },
			...packages.map((one) => ({
				ref: purlOf(one),
				dependsOn: one.dependencies.flatMap((asked) => bundled.get(asked) ?? []),
			})),
		],
	};
}

function described({ name, version, license }: Ours) {
	const isExpression = /\s/.test(license);
	return {
		name,
		version,
		licenses: [isExpression ? { expression: license } : { license: { id: license } }],
		purl: purlOf({ name, version }),
	};
}

/** https://github.com/package-url/purl-spec */
export function purlOf({ name, version }: { name: string; version: string }): string {
	return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

/** npm writes checksums as `sha512-<base64>`. */
function hashesOf(integrity: string | undefined) {
	const [, base64] = /^sha512-(\S+)$/.exec(integrity ?? '') ?? [];
	if (base64 === undefined) return {};
	return { hashes: [{ alg: 'SHA-512', content: Buffer.from(base64, 'base64').toString('hex') }] };
}
