import { z } from 'zod';
import { NoAnswerError, type HttpClient } from '../http/http-client';
import type { Clock } from '../messaging/clock';
import { reasonOf, withoutKeys, withoutSecrets } from '../messaging/reason-of';
import { beginningOf } from '../messaging/text-bounds';
import { assertStandardSecret, refusalOf, standardWebhookHeaders } from './notify-webhook';

/** What the builder's web address says about a turn before its run starts. */
export interface ContextAnswer {
	/** Name of the agent that the turn is for. */
	agent?: string;
	/** For this turn alone: they fill the variables of prompts. */
	variables: Record<string, string>;
	/** For the contact's record; an empty value takes one away. */
	facts: Record<string, string>;
	/** For the conversation; an empty value takes one away. */
	metadata: Record<string, string>;
	/** Why no run is to start. */
	reject?: string;
}

/** The answer or, in a sentence without anything of the URL but its host, why there is none. */
export type AskedContext =
	{ kind: 'answered'; answer: ContextAnswer } | { kind: 'failed'; reason: string };

export interface ContextQuestion {
	url: string;
	/** Equal for every time that this turn is asked about. */
	id: string;
	/** Sent as JSON. */
	payload: object;
	/** Standard Webhooks secret. */
	secret: string;
}

/** Milliseconds for the whole answer; the contact waits. */
const TIMEOUT_MS = 10_000;
/** Bytes of an answer. All that is of use fits. */
export const LONGEST_CONTEXT = 256_000;

/**
 * Asks once; never rejects. What is no use (no answer in time, another status than 2xx, a wrong shape) is
 * told of as a whole, so that nothing of such an answer counts.
 */
export async function askForContext(
	{ url, id, payload, secret }: ContextQuestion,
	{ http, clock }: { http: HttpClient; clock: Clock },
): Promise<AskedContext> {
	try {
		assertStandardSecret(secret, 'Notify Signing Secret');
		const { host } = new URL(url);
		const body = JSON.stringify(payload);
		const answer = await http({
			method: 'POST',
			url,
			headers: {
				'content-type': 'application/json',
				...standardWebhookHeaders(secret, { id, at: clock.now(), body }),
			},
			body,
			timeoutMs: TIMEOUT_MS,
		});
		const { status } = answer;
		if (status >= 200 && status < 300) return read(host, answer.body);
		return { kind: 'failed', reason: refusalOf(host, status) };
	} catch (error) {
		const isLate = error instanceof NoAnswerError && error.code === 'ETIMEDOUT';
		const reason = isLate
			? `${error.host} did not answer within ${TIMEOUT_MS / 1_000} seconds`
			: reasonOf(error);
		return { kind: 'failed', reason };
	}
}

const MOST_VALUES = 100;
const LONGEST_NAME = 100;
const LONGEST_VALUE = 2_000;
const LONGEST_REASON = 500;

const value = z
	.union([z.string(), z.number(), z.boolean(), z.null()], {
		errorMap: () => ({ message: 'is not a text, a number, true, false or null' }),
	})
	.transform((given) => (given === null ? '' : plain(String(given))))
	.refine((text) => text.length <= LONGEST_VALUE, {
		message: `is longer than ${LONGEST_VALUE} characters`,
	});

const values = z
	.record(value, { invalid_type_error: 'is not an object of names and values' })
	.refine((given) => Object.keys(given).length <= MOST_VALUES, {
		message: `has more than ${MOST_VALUES} entries`,
	})
	.refine((given) => Object.keys(given).every(isName), {
		message: `has a name that is empty or longer than ${LONGEST_NAME} characters`,
	})
	.nullish()
	.transform((given) =>
		Object.fromEntries(
			Object.entries(given ?? {}).map(([name, text]) => [withoutKeys(name), text]),
		),
	);

/** Whoever gets our requests may send a secret back, and what is answered stands in items and prompts. */
function plain(text: string): string {
	return withoutKeys(beginningOf(text.trim(), LONGEST_VALUE + 1));
}

function isName(name: string): boolean {
	return name.trim() !== '' && name.length <= LONGEST_NAME;
}

/** Fields that nobody knows are refused: a misspelt one would be passed over for ever. */
const answerSchema = z
	.object(
		{
			agent: z
				.string({ invalid_type_error: 'is not the name of an agent' })
				.max(200, 'is longer than 200 characters')
				.nullish(),
			variables: values,
			facts: values,
			metadata: values,
			reject: z
				.object(
					{ reason: z.string({ message: 'is not a text' }).trim().min(1, 'is empty') },
					{ invalid_type_error: 'is not an object with a reason' },
				)
				.strict()
				.nullish(),
		},
		{ invalid_type_error: 'is not an object' },
	)
	.strict();

function read(host: string, body: string): AskedContext {
	const wrong = (what: string): AskedContext => ({
		kind: 'failed',
		reason: withoutSecrets(`${host} gave an answer that cannot be used: ${what}`),
	});
	// Whoever has nothing to say says nothing.
	const text = body.trim() || '{}';
	let given: unknown;
	try {
		given = JSON.parse(text);
	} catch {
		return wrong('it is not JSON');
	}
	const parsed = answerSchema.safeParse(given);
	if (!parsed.success) return wrong(problemIn(parsed.error));
	const { agent, reject, ...others } = parsed.data;
	const name = agent?.trim() ?? '';
	return {
		kind: 'answered',
		answer: {
			...others,
			...(name === '' ? {} : { agent: name }),
			...(reject ? { reject: beginningOf(plain(reject.reason), LONGEST_REASON) } : {}),
		},
	};
}

/** Which field, and what is wrong with it. Names that the answer chose are cut. */
function problemIn({ issues }: z.ZodError): string {
	const [issue] = issues;
	if (issue === undefined) return 'it has another form';
	const path = beginningOf(issue.path.join('.'), LONGEST_NAME);
	if (issue.code === 'unrecognized_keys') {
		const unknown = beginningOf(issue.keys.join(', '), LONGEST_NAME);
		const known =
			path === '' ? Object.keys(answerSchema.shape).join(', ') : 'reason, and nothing else';
		return `${path === '' ? 'it' : path} has fields that there are not (${unknown}); there are ${known}`;
	}
	if (issue.message === 'Required') return `${path} is missing`;
	return `${path === '' ? 'it' : path} ${issue.message}`;
}
