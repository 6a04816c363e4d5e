import { Router } from 'express';
import { JsonReader } from '../json-reader';
import { addAccount, addNumber, addService } from './setup';
import type { TwilioState } from './state';
import { setupView } from './views';

/** Lets another process create accounts, numbers, Services and contacts. */
export function setupRoutes(state: TwilioState): Router {
	const router = Router();
	router.get('/setup', (_request, response) => response.json(setupView(state)));
	router.post('/accounts', (request, response) => {
		const input = new JsonReader(request.body);
		const account = addAccount(
			state,
			input.pick('accountSid', 'authToken', 'secondaryAuthToken', 'friendlyName'),
		);
		response.status(201).json(account);
	});
	router.post('/numbers', (request, response) => {
		const input = new JsonReader(request.body);
		const number = addNumber(state, input.required('accountSid'), {
			phoneNumber: input.required('phoneNumber'),
			...input.pick(
				'friendlyName',
				'smsUrl',
				'smsFallbackUrl',
				'smsApplicationSid',
				'voiceUrl',
			),
		});
		response.status(201).json(number);
	});
	router.post('/services', (request, response) => {
		const input = new JsonReader(request.body);
		const useInboundWebhookOnNumber = input.flag('useInboundWebhookOnNumber');
		const advancedOptOut = input.flag('advancedOptOut');
		const service = addService(state, input.required('accountSid'), {
			...input.pick('friendlyName', 'inboundRequestUrl', 'fallbackUrl', 'statusCallback'),
			...(useInboundWebhookOnNumber === undefined ? {} : { useInboundWebhookOnNumber }),
			...(advancedOptOut === undefined ? {} : { advancedOptOut }),
			numbers: input.list('numbers').filter((number) => typeof number === 'string'),
		});
		response.status(201).json(service);
	});
	router.post('/contacts', (request, response) => {
		const input = new JsonReader(request.body);
		const contact = {
			name: input.required('name'),
			phoneNumber: input.required('phoneNumber'),
		};
		state.contacts.push(contact);
		state.emit('setup');
		response.status(201).json(contact);
	});
	return router;
}
