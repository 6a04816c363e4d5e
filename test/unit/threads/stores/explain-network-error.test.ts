import { describe, expect, it } from '@jest/globals';
import {
	explainNetworkError,
	type NetworkWords,
} from '../../../../nodes/shared/threads/stores/explain-network-error';

const about = (cause: string) => ({ cause, fix: '' });
const WORDS: NetworkWords = {
	unknownName: about('unknownName'),
	refused: about('refused'),
	silent: about('silent'),
	broken: about('broken'),
	noEncryption: about('noEncryption'),
	untrusted: about('untrusted'),
	wrongName: about('wrongName'),
	outOfDate: about('outOfDate'),
	clientCertificate: about('clientCertificate'),
	encryptionFailed: about('encryptionFailed'),
};

describe('explainNetworkError', () => {
	it.each<[code: string, message: string, word: keyof NetworkWords]>([
		['ENOTFOUND', 'getaddrinfo ENOTFOUND db', 'unknownName'],
		['EAI_AGAIN', 'getaddrinfo EAI_AGAIN db', 'unknownName'],
		['ECONNREFUSED', 'connect ECONNREFUSED', 'refused'],
		['ETIMEDOUT', 'connect ETIMEDOUT', 'silent'],
		['EHOSTUNREACH', 'connect EHOSTUNREACH', 'silent'],
		['ECONNRESET', 'read ECONNRESET', 'broken'],
		['EPIPE', 'write EPIPE', 'broken'],
		['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate', 'untrusted'],
		['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to verify', 'untrusted'],
		['ERR_TLS_CERT_ALTNAME_INVALID', "Hostname/IP does not match certificate's", 'wrongName'],
		['CERT_HAS_EXPIRED', 'certificate has expired', 'outOfDate'],
		['CERT_NOT_YET_VALID', 'certificate is not yet valid', 'outOfDate'],
		['ERR_SSL_WRONG_VERSION_NUMBER', 'ssl3_get_record:wrong version number', 'noEncryption'],
		[
			'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
			'tlsv13 alert certificate required',
			'clientCertificate',
		],
		['ERR_SSL_UNSUPPORTED_PROTOCOL', 'unsupported protocol', 'encryptionFailed'],
	])('takes %s for what it is', (code, message, word) => {
		expect(explainNetworkError({ code, message }, WORDS)).toBe(WORDS[word]);
	});

	it.each([
		['WRONGPASS', 'WRONGPASS invalid username-password pair'],
		['28P01', 'password authentication failed for user "record"'],
		['', 'anything'],
	])('leaves an answer of the server alone: %s', (code, message) => {
		expect(explainNetworkError({ code, message }, WORDS)).toBeUndefined();
	});
});
