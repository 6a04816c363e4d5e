import { Router } from 'express';
import type { FaultQueue } from '../fault-queue';
import { JsonReader } from '../json-reader';
import type { ChatRequest } from './chat-request';
import { isModelFaultKind, type ModelFault } from './faults';

/** `/_emulator/faults` and `/_emulator/requests` for other processes. */
export function modelControlApi(faults: FaultQueue<ModelFault>, requests: ChatRequest[]): Router {
	const router = Router();
	router.get('/_emulator/requests', (_request, response) => response.json(requests));
	router.delete('/_emulator/requests', (_request, response) => {
		requests.length = 0;
		response.status(204).end();
	});
	router.get('/_emulator/faults', (_request, response) => response.json(faults.pending()));
	router.post('/_emulator/faults', (request, response) => {
		const input = new JsonReader(request.body);
		const kind = input.text('kind');
		if (!isModelFaultKind(kind)) {
			response.status(400).json({ error: `unknown kind of fault: ${kind}` });
			return;
		}
		const times = input.number('times') ?? 1;
		faults.next({ kind, times, ms: input.number('ms') ?? 1000 });
		response.status(201).json(faults.pending());
	});
	router.delete('/_emulator/faults', (request, response) => {
		faults.clear(new JsonReader(request.query).text('kind'));
		response.json(faults.pending());
	});
	return router;
}
