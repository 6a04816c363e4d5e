import { Router } from 'express';
import { BadInput, JsonReader } from '../json-reader';
import type { Calls } from './calls';
import { LiveCall, type Deed, type Offer } from './live-call';
import { newSid } from './sids';
import type { TwilioState } from './state';

const DEEDS: ReadonlyArray<Offer['does']> = [
	'answers',
	'rejects',
	'rings out',
	'presses a key',
	'speaks',
	'hangs up',
];

/** Calls that the phone page plays: placed here, and decided while they go on. */
export function liveCallRoutes(state: TwilioState, calls: Calls): Router {
	const router = Router();
	router.get('/live-calls', (_request, response) => {
		response.json(state.liveCalls.map((call) => call.view()));
	});
	router.post('/live-calls', (request, response) => {
		const input = new JsonReader(request.body);
		const to = input.required('to');
		if (!state.numberByAddress(to)) throw new BadInput(`${to} is not a number of any account`);
		const call = new LiveCall(
			{ sid: newSid('CA'), from: input.required('from'), to },
			// One that was cleared away is over for everybody.
			(changed) => void (state.liveCalls.includes(changed) && state.emit('call', changed)),
		);
		state.liveCalls.push(call);
		state.emit('call', call);
		void play(calls, call);
		response.status(201).json(call.view());
	});
	router.post('/live-calls/:sid/deeds', (request, response) => {
		const call = state.liveCalls.find((each) => each.call.sid === request.params.sid);
		if (!call) throw new BadInput('no such call');
		if (!call.act(readDeed(request.body))) throw new BadInput('this cannot be done now');
		response.json(call.view());
	});
	return router;
}

/** Never rejects: what goes wrong is the call's own end. */
async function play(calls: Calls, call: LiveCall): Promise<void> {
	const { sid, from, to } = call.call;
	try {
		call.finish(await calls.call({ from, to, callSid: sid }, call));
	} catch (error) {
		call.finish({ problem: error instanceof Error ? error.message : String(error) });
	}
}

function readDeed(body: unknown): Deed {
	const input = new JsonReader(body);
	const asked = input.required('does');
	const does = DEEDS.find((deed) => deed === asked);
	if (does === undefined) throw new BadInput(`nobody can do this: ${asked}`);
	const seconds = input.number('seconds');
	return {
		by: input.required('by'),
		does,
		...input.pick('key'),
		...(seconds === undefined ? {} : { seconds }),
	};
}
