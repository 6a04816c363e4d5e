import type { ILoadOptionsFunctions, INodePropertyOptions } from 'n8n-workflow';
import { nodeErrorOf } from '../shared/n8n/host/node-error';
import { twilioAccountOf, twilioClientOf } from '../shared/n8n/credentials/twilio-account';
import { holderOfUrl } from '../shared/n8n/registration/other-workflow';
import { numbersTakenOver, isSet } from '../shared/twilio/registration/inbound-targets';
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
				// Not its SID: the node shows what is chosen under its name.
				value: number.phoneNumber,
				description: holderOf(context, number, takenOver.get(number.sid)?.name),
			}));
	} catch (error) {
		throw nodeErrorOf(context.getNode(), error);
	}
}

function holderOf(
	context: ILoadOptionsFunctions,
	{ endpoint }: AccountNumber,
	serviceName: string | undefined,
): string {
	const { url, applicationSid } = endpoint.settings;
	if (serviceName !== undefined) return `Its texts go to the Messaging Service "${serviceName}"`;
	if (applicationSid !== '') return `Its texts go to the TwiML App ${applicationSid}`;
	if (!isSet(url)) return 'Free: nothing receives its texts';
	return `Its texts go to ${holderOfUrl(context, url)}`;
}
