import { startModelEmulator } from '../../emulator/model-emulator';
import { startTwilioEmulator } from '../../emulator/twilio-emulator';

/** Below what a model needs, so that it is n8n's part of a turn that is measured. */
const MODEL_LATENCY_MS = 0;
/** Statuses of outbound texts change seldom: their work is the emulator's, not n8n's. */
const DELIVERY_MS = 1_000;

export interface EmulatorAddresses {
	twilioUrl: string;
	/** Ends in `/v1`. */
	modelUrl: string;
}

/** Twilio and the model, in a process of their own so that their work is not counted as n8n's. */
async function main(): Promise<void> {
	const twilio = await startTwilioEmulator({ deliveryMs: DELIVERY_MS });
	const model = await startModelEmulator({ latencyMs: MODEL_LATENCY_MS });
	const addresses: EmulatorAddresses = { twilioUrl: twilio.baseUrl, modelUrl: model.apiUrl };
	process.send?.(addresses);
	process.once('disconnect', () => process.exit(0)); // whoever started us is gone
}

void main();
