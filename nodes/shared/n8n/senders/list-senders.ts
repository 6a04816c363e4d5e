import type {
	ILoadOptionsFunctions,
	INodeListSearchItems,
	INodeListSearchResult,
} from 'n8n-workflow';
import { listNumbers, numberLabel, type AccountNumber } from '../../twilio/api/numbers';
import { listServices } from '../../twilio/api/services';
import { twilioAccountOf, twilioClientOf } from '../credentials/twilio-account';
import { nodeErrorOf } from '../host/node-error';

/** What the account can text from: Messaging Services, then numbers. A failure is shown, never an empty list. */
export async function listSenders(
	context: ILoadOptionsFunctions,
	filter: string,
): Promise<INodeListSearchResult> {
	try {
		const client = twilioClientOf(context, await twilioAccountOf(context));
		const [services, numbers] = await Promise.all([listServices(client), listNumbers(client)]);
		const senders: INodeListSearchItems[] = [
			...services.map(({ sid, name }) => ({
				name: `${name} (Messaging Service)`,
				value: sid,
			})),
			...numbers
				.filter(({ canText }) => canText)
				.map((number) => ({
					// The editor's list shows nothing but names.
					name: `${numberLabel(number)} · ${abilitiesOf(number)}`,
					value: number.phoneNumber,
				})),
		];
		const wanted = filter.toLowerCase();
		return {
			results: senders.filter(({ name, value }) =>
				`${name} ${String(value)}`.toLowerCase().includes(wanted),
			),
		};
	} catch (error) {
		throw nodeErrorOf(context.getNode(), error);
	}
}

function abilitiesOf({ canSendMedia, canCall }: AccountNumber): string {
	return ['SMS', ...(canSendMedia ? ['MMS'] : []), ...(canCall ? ['calls'] : [])].join(', ');
}
