import { npm } from '../npm';

/** What one download of the package may weigh, without pictures. */
export const PACKED_BYTES_BUDGET = 800_000;
/** And those of its documentation, which packing does not make smaller. */
export const PICTURES_BYTES_BUDGET = 380_000;

export interface PackedPackage {
	filename: string;
	/** Bytes of the tarball. */
	size: number;
	unpackedSize: number;
	files: Array<{ path: string; size: number }>;
}

/** What `npm pack` puts into the tarball; nothing is written unless `destination` is given. */
export async function packPackage(root: string, destination?: string): Promise<PackedPackage> {
	const where = destination ? ['--pack-destination', destination] : ['--dry-run'];
	const { stdout } = await npm(['pack', '--json', '--ignore-scripts', ...where], { cwd: root });
	const [packed] = Object.values(JSON.parse(stdout) as Record<string, PackedPackage>);
	if (!packed) throw new Error(`npm pack reported no package: ${stdout}`);
	return packed;
}

/** Throws with the figures when the tarball has outgrown the budget. */
export function assertWithinBudget(packed: Pick<PackedPackage, 'size' | 'files'>): void {
	const pictures = packed.files
		.filter(({ path }) => path.endsWith('.webp'))
		.reduce((sum, { size }) => sum + size, 0);
	if (pictures > PICTURES_BYTES_BUDGET) {
		throw new Error(
			`The pictures are ${kilobytes(pictures)}, over their budget of ` +
				`${kilobytes(PICTURES_BYTES_BUDGET)}. Take fewer or smaller ones.`,
		);
	}
	const size = packed.size - pictures;
	if (size <= PACKED_BYTES_BUDGET) return;
	const largest = [...packed.files]
		.sort((a, b) => b.size - a.size)
		.slice(0, 10)
		.map(({ path, size }) => `  ${kilobytes(size).padStart(10)}  ${path}`);
	throw new Error(
		`The package is ${kilobytes(size)} packed, pictures aside, over its budget of ` +
			`${kilobytes(PACKED_BYTES_BUDGET)}. Its largest files, unpacked:\n${largest.join('\n')}`,
	);
}

export const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
