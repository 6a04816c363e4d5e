import { addAbortSignal, Readable } from 'node:stream';
import type { IHttpRequestOptions, IN8nHttpFullResponse } from 'n8n-workflow';
import { NoAnswerError } from '../../http/http-client';
import { causeOf } from '../../messaging/reason-of';
import { LONGEST_REFUSAL } from '../../messaging/text-bounds';

/** One of n8n's request helpers, with or without a credential's authentication. */
export type N8nRequest = (options: IHttpRequestOptions) => Promise<unknown>;

export interface ExchangeLimits {
	/** Milliseconds from the call to the last byte of the answer. */
	timeoutMs: number;
	/** Of the body of a success, unpacked. */
	maxBytes: number;
	signal?: AbortSignal | undefined;
	/** Whether the body of an answer with this status is of use; the others are not waited for. */
	wantsBody: (status: number) => boolean;
}

export interface Answer {
	status: number;
	/** Lower-cased names. */
	headers: Record<string, string>;
	/** Empty where it is not wanted. */
	body: Buffer;
}

/** Of an answer that nobody reads, this much is taken in, so that an ordinary one ends in peace. */
const MAX_UNREAD_BYTES = 8 * 1024;

/**
 * The one way out of this package: a request through n8n's helper (its proxy settings, its SSRF guard)
 * that ends in time whatever the other side does. n8n's own time-out starts again with every byte and
 * it reads without end. Redirects are not followed, statuses come back as they are. Rejects with
 * NoAnswerError, and with whatever `signal` caused as soon as it is aborted.
 */
export async function exchange(
	send: N8nRequest,
	request: Pick<IHttpRequestOptions, 'method' | 'url' | 'headers' | 'body'>,
	limits: ExchangeLimits,
): Promise<Answer> {
	const { timeoutMs, signal } = limits;
	const { host } = new URL(request.url);
	const deadline = AbortSignal.timeout(timeoutMs);
	// Closing the stream that n8n gives closes no connection where nothing was read of it yet.
	const leaving = new AbortController();
	const leave = () => leaving.abort();
	const end = AbortSignal.any([deadline, leaving.signal, ...(signal ? [signal] : [])]);
	try {
		const options = heeding(end, {
			...request,
			timeout: timeoutMs,
			encoding: 'stream',
			json: false,
			returnFullResponse: true,
			ignoreHttpStatusErrors: true,
			disableFollowRedirect: true,
		});
		const response = await arrived(send(options) as Promise<IN8nHttpFullResponse>, end);
		const status = response.statusCode;
		const headers = headersOf(response);
		const body = await bodyOf(response, headers, { ...limits, host, end, leave });
		return { status, headers, body };
	} catch (error) {
		leave();
		if (signal?.aborted || error instanceof NoAnswerError) throw error;
		const code = deadline.aborted ? 'ETIMEDOUT' : systemCodeOf(error);
		throw new NoAnswerError(host, code, { cause: causeOf(error) });
	}
}

/** n8n puts the execution's own signal in the place of a request's; this request heeds both. */
function heeding(signal: AbortSignal, options: IHttpRequestOptions): IHttpRequestOptions {
	let heeded = signal;
	return Object.defineProperty(options, 'abortSignal', {
		enumerable: true,
		get: () => heeded,
		set: (given: AbortSignal | undefined) => {
			heeded = given ? AbortSignal.any([signal, given]) : signal;
		},
	});
}

/** The answer, if it comes before `end`. One that comes later is closed unread. */
async function arrived(
	asked: Promise<IN8nHttpFullResponse>,
	end: AbortSignal,
): Promise<IN8nHttpFullResponse> {
	const ended = new Promise<never>((_, reject) => {
		const stop = () => reject(end.reason as Error);
		if (end.aborted) stop();
		end.addEventListener('abort', stop, { once: true });
	});
	asked.then(
		({ body }) => end.aborted && body instanceof Readable && body.destroy(),
		() => undefined,
	);
	return await Promise.race([asked, ended]);
}

async function bodyOf(
	{ statusCode, body }: IN8nHttpFullResponse,
	headers: Answer['headers'],
	{ host, maxBytes, wantsBody, ...way }: Omit<ExchangeLimits, 'signal'> & Way & { host: string },
): Promise<Buffer> {
	// What evaluates a workflow in n8n without asking anybody answers with no stream.
	const stream: unknown = body;
	if (!(stream instanceof Readable)) {
		return Buffer.from(typeof stream === 'string' ? stream : JSON.stringify(stream ?? ''));
	}
	if (!wantsBody(statusCode)) {
		beginningOf(stream, MAX_UNREAD_BYTES, way).catch(() => undefined);
		return Buffer.alloc(0);
	}
	const isSuccess = statusCode >= 200 && statusCode < 300;
	if (!isSuccess) return (await beginningOf(stream, LONGEST_REFUSAL, way)).bytes;
	if (Number(headers['content-length']) > maxBytes) stream.on('error', () => undefined).destroy();
	else {
		const { bytes, isWhole } = await beginningOf(stream, maxBytes, way);
		if (isWhole) return bytes;
	}
	throw NoAnswerError.tooLarge(host, maxBytes);
}

interface Way {
	/** Aborted when nothing more is to be read. */
	end: AbortSignal;
	/** Ends the exchange where it stands. */
	leave: () => void;
}

/** Ends the exchange where there is more. */
async function beginningOf(
	stream: Readable,
	maxBytes: number,
	{ end, leave }: Way,
): Promise<{ bytes: Buffer; isWhole: boolean }> {
	const chunks: Buffer[] = [];
	let size = 0;
	for await (const chunk of addAbortSignal(end, stream) as AsyncIterable<Buffer>) {
		chunks.push(chunk);
		size += chunk.length;
		// Leaving the loop destroys the stream.
		if (size > maxBytes) break;
	}
	const isWhole = size <= maxBytes;
	if (!isWhole) leave();
	return { bytes: Buffer.concat(chunks, Math.min(size, maxBytes)), isWhole };
}

function headersOf({ headers }: IN8nHttpFullResponse): Answer['headers'] {
	return Object.fromEntries(
		Object.entries(headers).map(([name, value]) => [
			name.toLowerCase(),
			String(value as string | string[]),
		]),
	);
}

/** The code lies on the error or, behind n8n's wrapper, on its cause. */
function systemCodeOf(error: unknown): string {
	for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; depth++) {
		const { code, httpCode } = at as { code?: unknown; httpCode?: unknown };
		for (const candidate of [code, httpCode]) {
			if (typeof candidate === 'string' && /^[A-Z][A-Z_]+$/.test(candidate)) return candidate;
		}
		at = at.cause;
	}
	return 'ENOANSWER';
}
