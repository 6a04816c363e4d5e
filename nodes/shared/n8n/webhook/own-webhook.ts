import { webAddressOf } from '../../messaging/web-address';
import {
	CONNECTION_OVERRIDES,
	type OwnWebhookUrl,
} from '../../twilio/registration/own-webhook-url';
import { option, textOf, valueOf, type TriggerContext } from '../host/field-value';
import {
	callFallbackOption,
	publicBaseUrlOption,
	tryAgainOption,
} from '../registration/connection-fields';
import { isOfTest, urlsHere } from './called-url';
import { webhookAt } from './public-webhook-url';

/**
 * The trigger's own URL, as its fields want it at Twilio. Throws InvalidInputError where the node
 * has no URL that could work, and for a field that cannot be used.
 *
 * @param n8nUrl what n8n calls it.
 */
export function ownWebhook(context: TriggerContext, n8nUrl: string | undefined): OwnWebhookUrl {
	const ofCalls = context.getNode().type.endsWith('missedCallTrigger');
	// A test takes one request: asked again, its address would answer that it is gone.
	const triesAgain = valueOf(context, option(tryAgainOption)) !== false && !isOfTest(context);
	return webhookAt(context.getNode(), n8nUrl, urlsHere(context), {
		publicBaseUrl: textOf(context, option(publicBaseUrlOption)),
		overrides: triesAgain ? CONNECTION_OVERRIDES[ofCalls ? 'calls' : 'texts'] : '',
		callFallbackUrl: ofCalls ? callFallbackOf(context) : '',
	});
}

function callFallbackOf(context: TriggerContext): string {
	const url = textOf(context, option(callFallbackOption)).trim();
	if (url === '') return url;
	return webAddressOf(
		url,
		callFallbackOption.displayName,
		'Enter the address of a TwiML Bin that rings your phone, for example https://handler.twilio.com/twiml/EH... A phone number stands in the TwiML Bin, not here.',
	);
}
