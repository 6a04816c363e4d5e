import type { Request, Response } from 'express';
import type { Delivery } from './delivery';
import type { LiveCall } from './live-call';
import type { MessageRecord } from './records';
import type { TwilioState } from './state';
import { deliveryView, messageView } from './views';

/** Server-sent events: `message`, `delivery`, `call` and `setup`, from now on. */
export function eventStream(state: TwilioState, request: Request, response: Response): void {
	response.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
	response.flushHeaders();
	const write = (event: string, data: unknown): void => {
		response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
	};
	const onMessage = (message: MessageRecord): void =>
		write('message', messageView(state, message));
	const onDelivery = (delivery: Delivery): void => write('delivery', deliveryView(delivery));
	const onSetup = (): void => write('setup', {});
	const onCall = (call: LiveCall): void => write('call', call.view());
	state.on('message', onMessage).on('delivery', onDelivery);
	state.on('call', onCall).on('setup', onSetup);
	write('setup', {});
	request.on('close', () => {
		state.off('message', onMessage).off('delivery', onDelivery);
		state.off('call', onCall).off('setup', onSetup);
	});
}
