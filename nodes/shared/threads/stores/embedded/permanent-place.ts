import { accessSync, constants, existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, sep } from 'node:path';

/** Why nothing that is written to a folder would be there for long, as the builder reads it. */
export type Impermanence = 'container' | 'memory' | 'notWritable';

/**
 * Why a file cannot be kept there; undefined where it can, and where it is there already: then a right
 * that is missing is told when the file is opened, and nothing begins anew elsewhere.
 */
export function whyImpermanent(file: string): Impermanence | undefined {
	const folder = nearestFolder(dirname(file));
	const lost = whyLost(folder, mountsOfThisProcess());
	if (lost !== undefined || isThere(file)) return lost;
	try {
		accessSync(folder, constants.W_OK);
		return undefined;
	} catch {
		return 'notWritable';
	}
}

export function isThere(file: string): boolean {
	return existsSync(file);
}

function nearestFolder(folder: string): string {
	for (let there = folder; ; there = dirname(there)) {
		if (existsSync(there)) return realpathSync(there);
		if (there === dirname(there)) return there;
	}
}

/** Linux alone has containers and this list; elsewhere the disk counts as permanent. */
function mountsOfThisProcess(): string {
	try {
		return readFileSync('/proc/self/mountinfo', 'utf8');
	} catch {
		return '';
	}
}

/** File systems in memory. */
const IN_MEMORY = ['tmpfs', 'ramfs'];
/** What container engines lay over an image, so that it can be written to until the container goes. */
const LAYERED = ['overlay', 'aufs', 'fuse.fuse-overlayfs'];
/** Engines that need no layers have the container's root in a folder, or a data set, of their own. */
const OF_AN_ENGINE = /\b(?:docker|containerd|containers\/storage)\//;

/**
 * Whether what stands in the folder goes with the container or with the machine's memory. A volume is
 * a mount of its own; what is on the root is permanent where that is no container's.
 *
 * @param mountinfo `/proc/self/mountinfo`; see proc_pid_mountinfo(5).
 */
export function whyLost(folder: string, mountinfo: string): Impermanence | undefined {
	const mount = mountsIn(mountinfo)
		.filter(({ point }) => isWithin(folder, point))
		// Of two at one point the later one is seen.
		.reduce<Mount | undefined>(
			(best, next) => (best && best.point.length > next.point.length ? best : next),
			undefined,
		);
	if (mount === undefined) return undefined;
	if (IN_MEMORY.includes(mount.type)) return 'memory';
	if (mount.point !== '/') return undefined;
	const isOfContainer =
		LAYERED.includes(mount.type) ||
		OF_AN_ENGINE.test(`${mount.root}/`) ||
		OF_AN_ENGINE.test(mount.source);
	return isOfContainer ? 'container' : undefined;
}

interface Mount {
	/** The folder of the file system that is mounted, and where. */
	root: string;
	point: string;
	type: string;
	source: string;
}

function mountsIn(mountinfo: string): Mount[] {
	return mountinfo.split('\n').flatMap((line) => {
		// Between the two there are as many optional fields as there are.
		const [place = '', kind = ''] = line.split(' - ');
		const [, , , root, point] = place.split(' ').map(unescaped);
		const [type, source] = kind.split(' ').map(unescaped);
		if (root === undefined || point === undefined || type === undefined) return [];
		return [{ root, point, type, source: source ?? '' }];
	});
}

/** A space is written \040. */
function unescaped(field: string): string {
	return field.replace(/\\([0-7]{3})/g, (_, octal: string) =>
		String.fromCharCode(Number.parseInt(octal, 8)),
	);
}

function isWithin(folder: string, point: string): boolean {
	return folder === point || folder.startsWith(point.endsWith(sep) ? point : point + sep);
}
