/** What is wrong, and what the builder can do about it: whole sentences, in the words of the credential. */
export interface Problem {
	cause: string;
	fix: string;
}

/** What a store server says of each thing that can go wrong before it is reached or understood. */
export interface NetworkWords {
	/** No machine has the name of the host. */
	unknownName: Problem;
	/** The machine is there, and nothing listens at the port. */
	refused: Problem;
	/** No answer in time. */
	silent: Problem;
	/** The connection stood, and broke. */
	broken: Problem;
	/** We asked for encryption and the server has none there. */
	noEncryption: Problem;
	/** The certificate's authority is not known. */
	untrusted: Problem;
	/** The certificate was issued for another name. */
	wrongName: Problem;
	/** The certificate has expired, or is not valid yet. */
	outOfDate: Problem;
	/** The server wants a certificate of ours. */
	clientCertificate: Problem;
	/** Anything else about the encryption. */
	encryptionFailed: Problem;
}

/** One of the `words` for an error of the network or of TLS; nothing for an answer of the server. */
export function explainNetworkError(
	{ code = '', message = '' }: { code?: string; message?: string },
	words: NetworkWords,
): Problem | undefined {
	switch (code) {
		case 'ENOTFOUND':
		case 'EAI_AGAIN':
			return words.unknownName;
		case 'ECONNREFUSED':
			return words.refused;
		case 'ETIMEDOUT':
		case 'EHOSTUNREACH':
		case 'ENETUNREACH':
			return words.silent;
		case 'ECONNRESET':
		case 'ECONNABORTED':
		case 'EPIPE':
			return words.broken;
		case 'ERR_TLS_CERT_ALTNAME_INVALID':
			return words.wrongName;
		case 'CERT_HAS_EXPIRED':
		case 'CERT_NOT_YET_VALID':
			return words.outOfDate;
	}
	if (/SELF_SIGNED|UNABLE_TO_|CERT_UNTRUSTED/.test(code)) return words.untrusted;
	if (!/^(CERT_|ERR_TLS|ERR_SSL|ERR_OSSL|EPROTO)/.test(code)) return undefined;
	if (/certificate required|bad certificate|handshake failure/i.test(message)) {
		return words.clientCertificate;
	}
	if (/wrong version number|packet length|record/i.test(message)) return words.noEncryption;
	return words.encryptionFailed;
}
