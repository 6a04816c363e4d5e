import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { giveToServiceAccount } from '../../harness/servers/service-account';

export interface SelfSigned {
	certificateFile: string;
	keyFile: string;
	pem: string;
}

/** A certificate for `subject` (as in `DNS:localhost` or `IP:127.0.0.1`), signed by itself. */
export function selfSignedCertificate(folder: string, subject: string): SelfSigned {
	const certificateFile = join(folder, 'server.crt');
	const keyFile = join(folder, 'server.key');
	execFileSync(
		'openssl',
		[
			...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'],
			...['-subj', '/CN=test', '-addext', `subjectAltName=${subject}`],
			...['-out', certificateFile, '-keyout', keyFile],
		],
		{ stdio: 'pipe' },
	);
	chmodSync(keyFile, 0o600);
	for (const file of [certificateFile, keyFile]) giveToServiceAccount(file);
	return { certificateFile, keyFile, pem: readFileSync(certificateFile, 'utf8') };
}
