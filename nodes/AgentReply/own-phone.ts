import type { IExecuteFunctions, INodeParameters } from 'n8n-workflow';
import { parsePhoneNumber } from '../shared/messaging/phone-number';
import { runningAfter } from '../shared/n8n/host/connected-to';

/**
 * Whether a Send SMS after this node texts that very phone: then it is the builder's own, who is told
 * of something there, and no customer's. A number that an expression gives is not known here.
 */
export function isOwnPhone(context: IExecuteFunctions, contact: string): boolean {
	return runningAfter(context, 'sendSms').some(
		({ parameters }) => numberIn(parameters) === contact,
	);
}

/** Undefined for what is no number; Send SMS says so when its turn comes. */
function numberIn({ to, options }: INodeParameters = {}): string | undefined {
	if (typeof to !== 'string') return undefined;
	const { defaultCountry } = (options ?? {}) as { defaultCountry?: string };
	try {
		return parsePhoneNumber(to, defaultCountry?.trim().toUpperCase(), 'To');
	} catch {
		return undefined;
	}
}
