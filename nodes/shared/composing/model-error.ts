import { NoAnswerError } from '../http/http-client';
import { causeOf, withoutSecrets } from '../messaging/reason-of';
import { beginningOf } from '../messaging/text-bounds';

type ModelErrorCode =
	| 'credentialRefused'
	| 'modelNotFound'
	| 'rateLimited'
	| 'creditUsedUp'
	| 'providerFailed'
	| 'requestRefused'
	| 'noAnswer'
	| 'timeout'
	| 'malformed';

interface ModelProblem {
	code: ModelErrorCode;
	message: string;
	/** What the builder can do about it. */
	fix: string;
	cause?: unknown;
}

/** Of what passes by itself: asked the same later, the model may well answer. */
const PASSING = new Set<ModelErrorCode>(['rateLimited', 'providerFailed', 'noAnswer', 'timeout']);

/** The model gave no usable composition. */
export abstract class ModelError extends Error {
	readonly code: ModelErrorCode;
	readonly fix: string;

	constructor({ code, message, fix, cause }: ModelProblem) {
		super(withoutSecrets(message), cause === undefined ? undefined : { cause: causeOf(cause) });
		this.code = code;
		this.fix = fix;
	}

	get mayPass(): boolean {
		return PASSING.has(this.code);
	}
}

/** The provider answered and refused. */
export class ModelRefusedError extends ModelError {
	override readonly name = 'ModelRefusedError';

	constructor(
		problem: ModelProblem,
		/** HTTP status; undefined where the connected model does not tell. */
		readonly status: number | undefined,
	) {
		super(problem);
	}
}

/** No answer came, or not in time. */
export class ModelNoAnswerError extends ModelError {
	override readonly name = 'ModelNoAnswerError';
}

/** The answer is empty, half-broken or cut off: not fit for a contact's eyes. */
export class MalformedCompositionError extends ModelError {
	override readonly name = 'MalformedCompositionError';

	constructor(message: string, options?: { cause?: unknown; fix?: string }) {
		super({
			code: 'malformed',
			message,
			fix: 'Run it again. If it stays, choose another model or allow more output tokens in the options.',
			...options,
		});
	}
}

/** For a call that was not made, because those before it came to nothing. */
export function modelNotAsked(provider: string): ModelNoAnswerError {
	return new ModelNoAnswerError({
		code: 'noAnswer',
		message: `${provider} has failed several times in a row, so it was not asked again this time`,
		fix: "Every 15 seconds one call tries whether it answers again; the provider's status page may say more.",
	});
}

/** For a call that no whole answer came to, or none that can be read. */
export function modelNoAnswer(provider: string, cause: unknown): ModelNoAnswerError {
	const isOfHttp = cause instanceof NoAnswerError;
	return new ModelNoAnswerError({
		code: 'noAnswer',
		message: isOfHttp ? cause.message : `${provider} did not answer`,
		fix: `Check Base URL in the model credential: ${fixOfCode(isOfHttp ? cause.code : '')}`,
		cause,
	});
}

function fixOfCode(code: string): string {
	switch (code) {
		case 'ENOTFOUND':
		case 'EAI_AGAIN':
			return 'no machine has the name in it. Look for a typing error.';
		case 'ECONNREFUSED':
			return 'nothing listens at its host and port. Start the server, or correct them. When n8n runs in Docker, localhost is its own container.';
		case 'ETIMEDOUT':
			return 'nothing came back in time. The server may be down or overloaded, or a firewall or proxy keeps this n8n from it.';
		case 'ETOOLARGE':
			return 'what answers there is hardly a model. It is the address where the API begins, and often ends in /v1.';
		case 'EPROTO':
		case 'ERR_SSL_WRONG_VERSION_NUMBER':
			return 'the server does not speak https there. A local one often needs http:// at the beginning.';
	}
	if (/CERT|UNABLE_TO_/.test(code)) {
		return 'this n8n does not trust the certificate there. Use the name that it was issued for, or give n8n the authority that signed it (NODE_EXTRA_CA_CERTS).';
	}
	return 'this n8n must be able to reach it.';
}

interface Refusal {
	/** Who refused: a host, or the connected model. */
	provider: string;
	/** HTTP status; undefined where a connected model does not tell. */
	status: number | undefined;
	/** The provider's own words. */
	detail: string;
	/** The provider's own code (`insufficient_quota` ...). */
	providerCode?: string | null | undefined;
	/** The model, where it was asked for because the builder chose none. */
	usualModel?: string;
	cause?: unknown;
}

const LONGEST_DETAIL = 300;

/** Explains a provider's refusal by its status. */
export function modelRefusal(refusal: Refusal): ModelRefusedError {
	const { provider, status, cause } = refusal;
	const isPage = isWebPage(refusal.detail);
	const { code, says, fix, hideDetail } = explain(refusal, isPage);
	// A refused key is echoed by some providers, in part.
	const detail =
		hideDetail || isPage
			? ''
			: beginningOf(withoutSecrets(refusal.detail).trim(), LONGEST_DETAIL);
	const message = [
		`${provider} ${says}`,
		status === undefined ? '' : ` (HTTP ${status})`,
		detail === '' ? '' : `: ${detail}`,
	].join('');
	return new ModelRefusedError({ code, message, fix, cause }, status);
}

interface Explanation {
	code: ModelErrorCode;
	says: string;
	fix: string;
	hideDetail?: boolean;
}

/** What a server sends that knows nothing of the API, or stands before it. */
export function isWebPage(body: string): boolean {
	return body.trimStart().startsWith('<');
}

/** Servers differ in how they say that they do not know a model. */
function mayRefuseModel({ status = 0, providerCode }: Refusal): boolean {
	return [400, 404, 422].includes(status) && providerCode !== 'context_length_exceeded';
}

function explain(refusal: Refusal, isPage: boolean): Explanation {
	const { status = 0, providerCode, usualModel } = refusal;
	if (usualModel !== undefined && !isPage && mayRefuseModel(refusal)) {
		return {
			code: 'modelNotFound',
			says: `refused "${usualModel}", which it was asked for because Model is empty`,
			fix: 'Choose one of its models under Model, and check that the Base URL ends as the provider says (often /v1).',
		};
	}
	if (status === 401 || status === 403) {
		return {
			code: 'credentialRefused',
			says: 'refused the API key',
			fix: 'Check the key in the model credential, and that it may use this model.',
			hideDetail: true,
		};
	}
	if (status === 404) {
		return {
			code: 'modelNotFound',
			says: 'does not know this model or address',
			fix: 'Choose a model from the list, and check that the Base URL ends as the provider says (often /v1).',
		};
	}
	if (status === 402 || providerCode === 'insufficient_quota') {
		return {
			code: 'creditUsedUp',
			says: 'wants the account topped up',
			fix: 'Add credit at the model provider, or use another key.',
		};
	}
	if (status === 429) {
		return {
			code: 'rateLimited',
			says: 'took no more requests for now',
			fix: 'Try again in a moment, or raise the rate limit at the model provider.',
		};
	}
	if (status >= 500 || status === 408 || status === 409) {
		return {
			code: 'providerFailed',
			says: 'failed on its side',
			fix: "Try again in a moment; the provider's status page may say more.",
		};
	}
	if (status >= 300 && status < 400) {
		return {
			code: 'requestRefused',
			says: 'sent the request elsewhere',
			fix: 'Put the address it leads to into Base URL in the model credential.',
			hideDetail: true,
		};
	}
	if (isPage) {
		return {
			code: 'requestRefused',
			says: 'answered with a web page',
			fix: 'Check Base URL in the model credential: it is the address where the API begins, and often ends in /v1.',
		};
	}
	return {
		code: 'requestRefused',
		says: 'refused the request',
		fix: 'Check the model and the options (temperature, output tokens) against what the provider accepts.',
	};
}
