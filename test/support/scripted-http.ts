import type { HttpClient, HttpRequest, HttpResponse } from '../../nodes/shared/http/http-client';

export interface ScriptedHttp {
	client: HttpClient;
	requests: HttpRequest[];
}

/** Answers with the given responses in turn; an Error is thrown. Asking for more than there are fails. */
export function scriptedHttp(...script: Array<Partial<HttpResponse> | Error>): ScriptedHttp {
	const requests: HttpRequest[] = [];
	const client: HttpClient = async (request) => {
		requests.push(request);
		const next = script.shift();
		if (next === undefined) throw new Error(`unexpected request to ${request.url}`);
		if (next instanceof Error) throw next;
		return await Promise.resolve({ status: 200, headers: {}, body: '{}', ...next });
	};
	return { client, requests };
}
