import { setTimeout as wait } from 'node:timers/promises';
import express, { type NextFunction, type Request, type Response } from 'express';
import { readChatRequest, type ChatRequest } from './model/chat-request';
import { complete, type Responder } from './model/completion';
import { embed } from './model/embeddings';
import { modelControlApi } from './model/control-api';
import { MODEL_FAULT_KINDS, type ModelFault } from './model/faults';
import { sendCompletion, sendError } from './model/wire';
import { FaultQueue } from './fault-queue';
import { BadInput } from './json-reader';
import { listenLocally } from './local-server';

export interface ModelEmulatorOptions {
	/** Default 0: a free port. */
	port?: number;
	/** The key to ask for. Left out: any key or none will do. */
	apiKey?: string;
	/** Names in `GET /v1/models`. A request may name any model. */
	models?: readonly string[];
	/** Before every answer. Default 0. */
	latencyMs?: number;
	/** Answer 400 to `response_format`, as providers without structured output do. */
	rejectResponseFormat?: boolean;
	/** Answer 400 to pictures and sounds, as models do that cannot see or hear. */
	rejectMedia?: boolean;
	/** Decides the answer instead of the script; undefined leaves it to the script. */
	respond?: Responder;
}

export interface ModelEmulator {
	readonly port: number;
	/** Without `/v1`. */
	readonly baseUrl: string;
	/** What an OpenAI client takes as its base URL: ends in `/v1`. */
	readonly apiUrl: string;
	readonly requests: readonly ChatRequest[];
	readonly faults: FaultQueue<ModelFault>;
	/** May be changed while it runs. */
	rejectResponseFormat: boolean;
	/** May be changed while it runs. */
	rejectMedia: boolean;
	/** May be changed while it runs. */
	respond: Responder | undefined;
	/** Forgets requests and faults. */
	clear(): void;
	close(): Promise<void>;
}

/** An OpenAI-compatible model that always says the same to the same messages. */
export async function startModelEmulator(
	options: ModelEmulatorOptions = {},
): Promise<ModelEmulator> {
	const faults = new FaultQueue<ModelFault>();
	const requests: ChatRequest[] = [];
	const models = options.models ?? ['emulated-small', 'emulated-large'];

	const app = express();
	app.disable('x-powered-by');
	app.use(express.json({ limit: '10mb' }));
	app.use(modelControlApi(faults, requests));
	app.use('/v1', (request, response, next) => {
		const given = request.headers.authorization;
		if (options.apiKey === undefined || given === `Bearer ${options.apiKey}`) next();
		else unauthorized(response);
	});
	app.get('/v1/models', (_request, response) => {
		const data = models.map((id) => ({
			id,
			object: 'model',
			created: 1_700_000_000,
			owned_by: 'emulator',
		}));
		response.json({ object: 'list', data });
	});
	app.post('/v1/embeddings', (request, response) => {
		response.json(embed(request.body));
	});
	app.post('/v1/chat/completions', async (request, response) => {
		const fault = faults.take(MODEL_FAULT_KINDS, request);
		const chat = readChatRequest(request.body, fault?.kind ?? null);
		requests.push(chat);
		await wait(
			fault?.kind === 'delay' ? (fault.ms ?? 1000) : (options.latencyMs ?? 0),
			undefined,
			{ ref: false },
		);
		if (fault && failRequest(fault, request, response)) return;
		if (emulator.rejectResponseFormat && chat.responseFormat !== null) {
			return sendError(response, 400, {
				message: "'response_format' is not supported by this model",
				type: 'invalid_request_error',
				param: 'response_format',
				code: 'unsupported_parameter',
			});
		}
		if (emulator.rejectMedia && chat.messages.some(({ media }) => media.length > 0)) {
			return sendError(response, 400, {
				message: 'This model does not support image or audio input',
				type: 'invalid_request_error',
				param: 'messages',
				code: 'invalid_value',
			});
		}
		sendCompletion(response, chat, complete(chat, emulator.respond));
	});
	app.use((request, response) => {
		sendError(response, 404, {
			message: `Unknown request URL: ${request.method} ${request.path}`,
			type: 'invalid_request_error',
			code: 'unknown_url',
		});
	});
	app.use((error: Error, _request: Request, response: Response, next: NextFunction) => {
		if (response.headersSent) return next(error);
		const status = error instanceof BadInput || error instanceof SyntaxError ? 400 : 500;
		sendError(response, status, {
			message: error.message,
			type: 'invalid_request_error',
			code: null,
		});
	});

	const server = await listenLocally(app, options.port);
	const emulator: ModelEmulator = {
		port: server.port,
		baseUrl: server.baseUrl,
		apiUrl: `${server.baseUrl}/v1`,
		requests,
		faults,
		rejectResponseFormat: options.rejectResponseFormat ?? false,
		rejectMedia: options.rejectMedia ?? false,
		respond: options.respond,
		clear() {
			faults.clear();
			requests.length = 0;
		},
		close: server.close,
	};
	return emulator;
}

/** True when the fault has taken care of the request. */
function failRequest(fault: ModelFault, request: Request, response: Response): boolean {
	switch (fault.kind) {
		case 'hang':
			return true;
		case 'reset':
			request.socket.resetAndDestroy();
			return true;
		case '401':
			unauthorized(response);
			return true;
		case '429':
			sendError(response, 429, {
				message: 'Rate limit reached for requests',
				type: 'requests',
				code: 'rate_limit_exceeded',
			});
			return true;
		case '500':
			sendError(response, 500, {
				message: 'The server had an error while processing your request',
				type: 'server_error',
				code: null,
			});
			return true;
		default:
			return false;
	}
}

function unauthorized(response: Response): void {
	sendError(response, 401, {
		message: 'Incorrect API key provided',
		type: 'invalid_request_error',
		code: 'invalid_api_key',
	});
}
