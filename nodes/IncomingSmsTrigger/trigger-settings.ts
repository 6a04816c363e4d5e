import type { IDataObject, IHookFunctions, IWebhookFunctions } from 'n8n-workflow';
import type { BurstPolicy } from '../shared/threads/gather-turn';
import { parseAgents, type Agent, type OnText } from '../shared/messaging/agent';

export type ReceiveOn = 'messagingService' | 'phoneNumbers' | 'manual';

export interface TriggerSettings {
	receiveOn: ReceiveOn;
	/** SIDs. */
	phoneNumbers: string[];
	/** At least one. */
	agents: [Agent, ...Agent[]];
	separateOutputs: boolean;
	overwriteWebhook: boolean;
	runOnConsentWords: boolean;
	/** Empty: n8n's own. */
	publicBaseUrl: string;
	/** Bytes; undefined where media are not downloaded. */
	maxMediaBytes: number | undefined;
	burst: BurstPolicy;
}

const BYTES_PER_MB = 1_000_000;
const DEFAULT_MAX_MEDIA_MB = 5;
const DEFAULT_MAX_WAIT_SECONDS = 20;
const DEFAULT_MAX_TEXTS = 10;

/** What the builder set. Throws InvalidInputError naming the field that cannot be used. */
export function readSettings(context: IHookFunctions | IWebhookFunctions): TriggerSettings {
	const options = context.getNodeParameter('options', {}) as IDataObject;
	return {
		receiveOn: context.getNodeParameter('receiveOn', 'messagingService') as ReceiveOn,
		phoneNumbers: context.getNodeParameter('phoneNumbers', []) as string[],
		agents: agentsOf(context.getNodeParameter('agents', {}) as IDataObject),
		separateOutputs: context.getNodeParameter('separateOutputs', false) as boolean,
		overwriteWebhook: options['overwriteWebhook'] === true,
		runOnConsentWords: options['runOnConsentWords'] === true,
		publicBaseUrl: text(options['publicBaseUrl']),
		maxMediaBytes:
			options['downloadMedia'] === true
				? (numberOf(options['maxMediaMb']) ?? DEFAULT_MAX_MEDIA_MB) * BYTES_PER_MB
				: undefined,
		burst: {
			quietMs: 1_000 * (numberOf(options['quietSeconds']) ?? 0),
			maxWaitMs: 1_000 * (numberOf(options['maxWaitSeconds']) ?? DEFAULT_MAX_WAIT_SECONDS),
			maxTexts: numberOf(options['maxTexts']) ?? DEFAULT_MAX_TEXTS,
		},
	};
}

function agentsOf(collection: IDataObject): [Agent, ...Agent[]] {
	const entries = (collection['agent'] ?? []) as IDataObject[];
	return parseAgents(
		entries.map((entry) => ({
			id: text(entry['id']),
			name: text(entry['name']),
			smsPrompt: text(entry['smsPrompt']),
			numbers: text(entry['numbers']),
			onText: (entry['onText'] ?? 'reply') as OnText,
			webhookUrl: text(entry['webhookUrl']),
		})),
	);
}

function text(value: unknown): string {
	return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function numberOf(value: unknown): number | undefined {
	const number = Number(value ?? Number.NaN);
	return Number.isFinite(number) && number > 0 ? number : undefined;
}
