import type { ILoadOptionsFunctions, INodePropertyOptions } from 'n8n-workflow';
import { nodeErrorOf } from '../shared/n8n/host/node-error';
import { twilioAccountOf, twilioClientOf } from '../shared/n8n/credentials/twilio-account';
import { holderOfUrl } from '../shared/n8n/registration/other-workflow';
import { isSet } from '../shared/twilio/registration/inbound-targets';
import { numberLabel, listNumbers, type AccountNumber } from '../shared/twilio/api/numbers';

/** The account's numbers that can be called, each with its name and who gets its calls now. */
export async function loadCallNumbers(
	context: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	try {
		const client = twilioClientOf(context, await twilioAccountOf(context));
		const numbers = await listNumbers(client);
		return numbers
			.filter(({ canCall }) => canCall)
			.map((number) => ({
				name: numberLabel(number),
				// Not its SID: the node shows what is chosen under its name.
				value: number.phoneNumber,
				description: [
					holderOf(context, number),
					...(number.canText ? [] : ['It cannot text']),
				].join('. '),
			}));
	} catch (error) {
		throw nodeErrorOf(context.getNode(), error);
	}
}

function holderOf(context: ILoadOptionsFunctions, { calls, trunkSid }: AccountNumber): string {
	const { url, applicationSid } = calls.settings;
	if (trunkSid !== '') return `Its calls go to the SIP trunk ${trunkSid}`;
	if (applicationSid !== '') return `Its calls go to the TwiML App ${applicationSid}`;
	if (!isSet(url)) return 'Free: nothing answers its calls';
	return `Its calls go to ${holderOfUrl(context, url)}`;
}
