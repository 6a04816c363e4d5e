import { Router, json, type NextFunction, type Request, type Response } from 'express';
import { BadInput, JsonReader } from '../json-reader';
import type { Calls } from './calls';
import { sendFromConsole } from './console-text';
import { PHONE_BEHAVIOURS } from './contact-call';
import { liveCallRoutes } from './control-live-calls';
import { setupRoutes } from './control-setup';
import { eventStream } from './event-stream';
import { isTwilioFaultKind, type TwilioFault, type TwilioFaults } from './faults';
import type { Inbound } from './inbound';
import { matchesFilter } from './message-filter';
import type { OutboundQueue } from './outbound';
import type { TwilioState } from './state';
import { deliveryView, messageView } from './views';

export interface ControlOptions {
	readonly state: TwilioState;
	readonly faults: TwilioFaults;
	readonly inbound: Inbound;
	readonly outbound: OutboundQueue;
	readonly calls: Calls;
	readonly clear: () => void;
	readonly modelUrl: string | undefined;
}

/** `/_emulator/*`: what the phone page and other processes use. JSON, no authentication. */
export function controlApi(options: ControlOptions): Router {
	const { state, faults, inbound, outbound, calls, clear, modelUrl } = options;
	const router = Router();
	router.use(
		'/_emulator',
		json({ limit: '20mb' }),
		setupRoutes(state),
		liveCallRoutes(state, calls),
	);

	router.get('/_emulator/events', (request, response) => eventStream(state, request, response));
	router.post('/_emulator/texts', async (request, response) => {
		const input = new JsonReader(request.body);
		const at = input.text('at');
		const result = await inbound.text({
			from: input.required('from'),
			to: input.required('to'),
			body: input.text('body') ?? '',
			media: input.list('media').map((item) => {
				const medium = new JsonReader(item);
				return {
					contentType: medium.required('contentType'),
					data: Buffer.from(medium.required('base64'), 'base64'),
				};
			}),
			mediaUrls: input.list('mediaUrls').filter((url) => typeof url === 'string'),
			fields: input.texts('fields'),
			...(at === undefined ? {} : { at: new Date(at) }),
		});
		response.status(201).json({ ...result, deliveries: result.deliveries.map(deliveryView) });
	});
	router.post('/_emulator/console-texts', (request, response) => {
		const input = new JsonReader(request.body);
		const message = sendFromConsole(state, outbound, {
			from: input.required('from'),
			to: input.required('to'),
			body: input.required('body'),
		});
		response.status(201).json(messageView(state, message));
	});
	router.get('/_emulator/consents', (_request, response) => response.json(state.consents));
	router.post('/_emulator/calls', async (request, response) => {
		const input = new JsonReader(request.body);
		const asked = input.text('owner') ?? 'rings out';
		const owner = PHONE_BEHAVIOURS.find((behaviour) => behaviour === asked);
		if (owner === undefined) throw new BadInput(`a phone cannot do this: ${asked}`);
		const result = await calls.call({
			from: input.required('from'),
			to: input.required('to'),
			owner,
			speaks: input.number('speaks') ?? 0,
		});
		response.status(201).json({ ...result, deliveries: result.deliveries.map(deliveryView) });
	});
	router.post('/_emulator/redeliveries', async (request, response) => {
		const input = new JsonReader(request.body);
		const message = state.message(input.required('messageSid'));
		if (!message) throw new BadInput('no such message');
		const deliveries = await inbound.deliver(
			message,
			input.number('times') ?? 1,
			input.flag('parallel') ?? false,
		);
		response.status(201).json(deliveries.map(deliveryView));
	});
	router.get('/_emulator/messages', (request, response) => {
		const query = new JsonReader(request.query);
		const filter = query.pick('from', 'to', 'contact', 'number', 'body', 'accountSid');
		const found = state.messages.filter((message) => matchesFilter(message, filter));
		response.json(found.map((message) => messageView(state, message)));
	});
	router.get('/_emulator/deliveries', (request, response) => {
		const sid = new JsonReader(request.query).text('messageSid');
		const found = state.deliveries.filter(
			({ messageSid }) => sid === undefined || messageSid === sid,
		);
		response.json(found.map(deliveryView));
	});
	router.get('/_emulator/media/:message/:sid', (request, response) => {
		const medium = state
			.message(request.params.message)
			?.media.find(({ sid }) => sid === request.params.sid);
		if (!medium?.data) response.status(404).end();
		else response.type(medium.contentType).send(medium.data);
	});
	router.get('/_emulator/requests', (_request, response) => response.json(state.requests));
	router.post('/_emulator/clear', (_request, response) => {
		clear();
		response.status(204).end();
	});

	router.get('/_emulator/faults', (_request, response) => response.json(faults.pending()));
	router.post('/_emulator/faults', (request, response) => {
		faults.next(readFault(request.body));
		response.status(201).json(faults.pending());
	});
	router.delete('/_emulator/faults', (request, response) => {
		faults.clear(new JsonReader(request.query).text('kind'));
		response.json(faults.pending());
	});
	router.all('/_emulator/model/faults', async (request, response) => {
		if (modelUrl === undefined) throw new BadInput('this emulator knows no model');
		const hasBody = request.method === 'POST';
		const answer = await fetch(
			`${modelUrl}/_emulator/faults${new URL(request.url, 'http://x').search}`,
			{
				method: request.method,
				headers: { 'Content-Type': 'application/json' },
				...(hasBody ? { body: JSON.stringify(request.body) } : {}),
			},
		);
		response.status(answer.status).json(await answer.json());
	});
	router.use(
		'/_emulator',
		(error: Error, _request: Request, response: Response, next: NextFunction) => {
			if (response.headersSent) next(error);
			else response.status(400).json({ error: error.message });
		},
	);
	return router;
}

function readFault(body: unknown): TwilioFault {
	const input = new JsonReader(body);
	const kind = input.text('kind');
	if (!isTwilioFaultKind(kind)) throw new BadInput(`unknown kind of fault: ${kind}`);
	const numbers = (
		['times', 'share', 'perSecond', 'ms', 'factor', 'code', 'status'] as const
	).flatMap((name) => {
		const value = input.number(name);
		return value === undefined ? [] : [[name, value] as const];
	});
	return { kind, ...input.pick('method', 'path'), ...Object.fromEntries(numbers) };
}
