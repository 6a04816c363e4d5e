import type { IExecuteFunctions } from 'n8n-workflow';
import { seenMedia, type Senses } from '../shared/composing/models/attachments';
import { fetchMedia, isApi } from '../shared/n8n/host/fetch-media';
import type { ComposeServices } from '../shared/replying/reply-services';
import type { TwilioAccount } from '../shared/twilio/api/twilio-client';

/**
 * Fetches the media of texts for a model, from the account's own messages at Twilio: an item may name any
 * address.
 */
export function mediaSeer(
	context: IExecuteFunctions,
	senses: Senses,
	accountRead: Promise<TwilioAccount>,
): NonNullable<ComposeServices['see']> {
	return async (media) =>
		await seenMedia(media, senses, async (url, maxBytes) => {
			const account = await accountRead;
			if (!isOwnMedia(url, account)) {
				throw new Error("its address is not one of your account's messages at Twilio");
			}
			return await fetchMedia(context, url, { account, maxBytes });
		});
}

function isOwnMedia(url: string, { apiBaseUrl, accountSid }: TwilioAccount): boolean {
	if (!URL.canParse(url)) return false;
	const target = new URL(url);
	const own = `/2010-04-01/Accounts/${accountSid}/Messages/`;
	return isApi(target, apiBaseUrl) && target.pathname.startsWith(own);
}
