import { httpExchange, type HttpAnswer } from '../../../harness/http-exchange';

interface RpcAnswer {
	result?: { tools?: McpTool[]; content?: Array<{ text: string }>; isError?: boolean };
	error?: { message: string };
}

export interface McpTool {
	name: string;
	inputSchema: { properties: object };
}

/** One client of an MCP server, over the transport "Streamable HTTP". */
export interface McpSession {
	tools(): Promise<McpTool[]>;
	/** What the tool said, as it came. */
	call(tool: string, input: object): Promise<string>;
}

/** Rejects with the status where the server refuses the client. */
export async function openMcpSession(
	url: string,
	headers: Record<string, string>,
): Promise<McpSession> {
	let ids = 0;
	/** The session that the server gives us, once it has. */
	const given: Record<string, string> = {};
	const post = async (method: string, params: object, notice = false): Promise<HttpAnswer> => {
		const answer = await httpExchange(url, {
			method: 'POST',
			headers: {
				...headers,
				'content-type': 'application/json',
				accept: 'application/json, text/event-stream',
				...given,
			},
			body: JSON.stringify({
				jsonrpc: '2.0',
				...(!notice && { id: ++ids }),
				method,
				params,
			}),
		});
		if (answer.status >= 400) throw new Error(`${method}: ${answer.status} ${answer.body}`);
		return answer;
	};
	const opened = await post('initialize', {
		protocolVersion: '2025-03-26',
		capabilities: {},
		clientInfo: { name: 'voice platform', version: '1' },
	});
	given['mcp-session-id'] = String(opened.headers['mcp-session-id']);
	await post('notifications/initialized', {}, true);
	return {
		tools: async () => answerIn(await post('tools/list', {})).result?.tools ?? [],
		call: async (name, input) =>
			JSON.stringify(answerIn(await post('tools/call', { name, arguments: input }))),
	};
}

/** The answer comes as JSON or as one event of a stream. */
function answerIn({ body }: HttpAnswer): RpcAnswer {
	const data = body
		.split('\n')
		.find((line) => line.startsWith('data:'))
		?.slice('data:'.length);
	return JSON.parse(data ?? body) as RpcAnswer;
}
