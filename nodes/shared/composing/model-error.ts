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
		super(message, cause === undefined ? undefined : { cause });
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

interface Refusal {
	/** Who refused: a host, or the connected model. */
	provider: string;
	/** HTTP status; undefined where a connected model does not tell. */
	status: number | undefined;
	/** The provider's own words. */
	detail: string;
	/** The provider's own code (`insufficient_quota` ...). */
	providerCode?: string | null | undefined;
	cause?: unknown;
}

const LONGEST_DETAIL = 300;

/** Explains a provider's refusal by its status. */
export function modelRefusal(refusal: Refusal): ModelRefusedError {
	const { provider, status, cause } = refusal;
	const { code, says, fix, hideDetail } = explain(refusal);
	// A refused key is echoed by some providers, in part.
	const detail = hideDetail ? '' : refusal.detail.trim().slice(0, LONGEST_DETAIL);
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

function explain({ status = 0, providerCode }: Refusal): Explanation {
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
	return {
		code: 'requestRefused',
		says: 'refused the request',
		fix: 'Check the model and the options (temperature, output tokens) against what the provider accepts.',
	};
}
