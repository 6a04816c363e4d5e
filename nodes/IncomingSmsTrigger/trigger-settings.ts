import type { IDataObject, IWebhookFunctions } from 'n8n-workflow';
import type { BurstPolicy } from '../shared/threads/turns/gather-turn';
import type { Agent } from '../shared/messaging/agent';
import { readAgents } from '../shared/n8n/agents/read-agents';

/** What becomes of a text. */
export interface TriggerSettings {
	/** At least one. */
	agents: [Agent, ...Agent[]];
	separateOutputs: boolean;
	runOnConsentWords: boolean;
	/** Bytes; undefined where media are not downloaded. */
	maxMediaBytes: number | undefined;
	burst: BurstPolicy;
}

const BYTES_PER_MB = 1_000_000;
const DEFAULT_MAX_MEDIA_MB = 5;
const DEFAULT_MAX_WAIT_SECONDS = 20;
const DEFAULT_MAX_TEXTS = 10;

/** What the builder set. Throws InvalidInputError naming the field that cannot be used. */
export function readSettings(context: IWebhookFunctions): TriggerSettings {
	const options = context.getNodeParameter('options', {}) as IDataObject;
	return {
		agents: readAgents(context),
		separateOutputs: context.getNodeParameter('separateOutputs', false) as boolean,
		runOnConsentWords: options['runOnConsentWords'] === true,
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

function numberOf(value: unknown): number | undefined {
	const number = Number(value ?? Number.NaN);
	return Number.isFinite(number) && number > 0 ? number : undefined;
}
