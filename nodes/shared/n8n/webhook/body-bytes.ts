import type { IWebhookFunctions } from 'n8n-workflow';

/**
 * The size of a request's body without looking at it: as n8n has read it (uncompressed), or, where it
 * has not, as the request declares it.
 */
export function bodyBytes(context: IWebhookFunctions): number {
	const { rawBody } = context.getRequestObject() as { rawBody?: Uint8Array };
	const declared = Number(context.getHeaderData()['content-length'] ?? 0);
	return Math.max(rawBody?.byteLength ?? 0, Number.isFinite(declared) ? declared : 0);
}
