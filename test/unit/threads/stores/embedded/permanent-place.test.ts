import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
	whyImpermanent,
	whyLost,
} from '../../../../../nodes/shared/threads/stores/embedded/permanent-place';

const DATA = '/home/node/.n8n';

/** As Docker, on a machine of its own, shows it to what runs in a container. */
const inDocker = (...more: string[]) =>
	[
		'612 541 0:52 / / rw,relatime master:190 - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/A,upperdir=/var/lib/docker/overlay2/b/diff,workdir=/var/lib/docker/overlay2/b/work',
		'613 612 0:55 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw',
		'614 612 0:56 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755',
		'620 612 259:1 /var/lib/docker/containers/4f/resolv.conf /etc/resolv.conf rw,relatime - ext4 /dev/nvme0n1p1 rw',
		...more,
		'',
	].join('\n');

const VOLUME =
	'621 612 259:1 /var/lib/docker/volumes/n8n_data/_data /home/node/.n8n rw,relatime master:1 - ext4 /dev/nvme0n1p1 rw';

describe("a folder in n8n's container", () => {
	it('is lost with the container where it is on no volume', () => {
		expect(whyLost(DATA, inDocker())).toBe('container');
	});

	it.each([
		['a volume', VOLUME],
		[
			'a folder of the machine around its home',
			'621 612 259:1 /srv/n8n /home/node rw - xfs /dev/sda rw',
		],
		[
			'a share of the network',
			'621 612 0:60 / /home/node/.n8n rw - nfs4 10.0.0.5:/exports/n8n rw',
		],
	])('is permanent on %s', (_, mount) => {
		expect(whyLost(DATA, inDocker(mount))).toBeUndefined();
	});

	it('is not on the volume of a folder whose name only begins alike', () => {
		const beside = VOLUME.replace('/home/node/.n8n rw', '/home/node/.n8 rw');
		expect(whyLost(DATA, inDocker(beside))).toBe('container');
	});

	it('is told apart by the mount that is seen there: the last of two', () => {
		const over = '640 621 0:70 / /home/node/.n8n rw - tmpfs tmpfs rw';
		expect(whyLost(DATA, inDocker(VOLUME, over))).toBe('memory');
		expect(whyLost(DATA, inDocker(over, VOLUME))).toBeUndefined();
	});

	it('is found where a name has a space', () => {
		const spaced = VOLUME.replace('/home/node/.n8n rw', '/data/of\\040n8n rw');
		expect(whyLost('/data/of n8n/.n8n', inDocker(spaced))).toBeUndefined();
	});

	it.each([
		['Podman', '500 400 0:50 / / rw - fuse.fuse-overlayfs fuse-overlayfs rw,user_id=0'],
		[
			'Docker on Btrfs',
			'500 400 0:50 /@/var/lib/docker/btrfs/subvolumes/9f / rw - btrfs /dev/sda2 rw,subvol=/@/var/lib/docker/btrfs/subvolumes/9f',
		],
		[
			'Docker without layers',
			'500 400 8:1 /var/lib/docker/vfs/dir/9f / rw - ext4 /dev/sda1 rw',
		],
		['Docker on ZFS', '500 400 0:50 / / rw - zfs rpool/docker/9f rw,xattr'],
	])('of %s is lost with it too', (_, root) => {
		expect(whyLost(DATA, root)).toBe('container');
	});
});

describe('a folder outside of containers', () => {
	it.each([
		['a plain disk', '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard'],
		['Btrfs', '27 1 0:21 /@ / rw - btrfs /dev/sda2 rw,subvol=/@'],
		['ZFS', '27 1 0:21 / / rw - zfs rpool/ROOT/debian rw,xattr'],
		['a system without that list', ''],
	])('is permanent on %s', (_, mounts) => {
		expect(whyLost('/root/.n8n', mounts)).toBeUndefined();
	});

	it('is not permanent in memory', () => {
		const mounts =
			'27 1 254:0 / / rw - ext4 /dev/vda rw\n40 27 0:30 / /tmp rw - tmpfs tmpfs rw';
		expect(whyLost('/tmp/n8n/.n8n', mounts)).toBe('memory');
	});
});

describe('a file', () => {
	let folder: string;
	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), 'sms-agent-place-'));
	});
	afterEach(() => rmSync(folder, { recursive: true, force: true }));

	it('can be kept in a folder of this machine that is there, or is made', () => {
		expect(whyImpermanent(join(folder, 'threads.sqlite'))).toBeUndefined();
		expect(whyImpermanent(join(folder, 'a', 'b', 'threads.sqlite'))).toBeUndefined();
	});

	it('cannot be kept where n8n may not write, which counts no more once it is there', () => {
		// Nobody may write there, not even root.
		const file = '/proc/self/threads.sqlite';
		expect(whyImpermanent(file)).toBe('notWritable');
		expect(whyImpermanent('/proc/self/status')).toBeUndefined();
	});
});
