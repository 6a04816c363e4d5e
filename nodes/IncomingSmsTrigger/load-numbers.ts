import type { ILoadOptionsFunctions, INodePropertyOptions } from 'n8n-workflow';
import { nodeErrorOf } from '../shared/n8n/host/node-error';
import { twilioAccountOf, twilioClientOf } from '../shared/n8n/credentials/twilio-account';
import {
	numbersTakenOver,
	isSet,
	withoutQuery,
} from '../shared/twilio/registration/inbound-targets';
import { numberLabel, listNumbers, type AccountNumber } from '../shared/twilio/api/numbers';

/** The account's numbers that can take texts, each with its name and who gets its texts now. */
export async function loadNumbers(context: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	try {
		const client = twilioClientOf(context, await twilioAccountOf(context));
		const [numbers, takenOver] = await Promise.all([
			listNumbers(client),
			numbersTakenOver(client),
		]);
		return numbers
			.filter(({ canText }) => canText)
			.map((number) => ({
				name: numberLabel(number),
				value: number.sid,
				description: holderOf(number, takenOver.get(number.sid)?.name),
			}));
	} catch (error) {
		throw nodeErrorOf(context.getNode(), error);
	}
}

function holderOf({ endpoint }: AccountNumber, serviceName: string | undefined): string {
	const { url, applicationSid } = endpoint.settings;
	if (serviceName !== undefined) return `Its texts go to the Messaging Service "${serviceName}"`;
	if (applicationSid !== '') return `Its texts go to the TwiML App ${applicationSid}`;
	return isSet(url) ? `Its texts go to ${withoutQuery(url)}` : 'Free: nothing receives its texts';
}
