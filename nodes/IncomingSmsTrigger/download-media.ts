import type { IBinaryKeyData, INodeExecutionData, IWebhookFunctions } from 'n8n-workflow';
import { fetchMedia } from '../shared/n8n/host/fetch-media';
import type { IncomingMedia } from '../shared/n8n/items/incoming-text';
import { twilioAccountOf } from '../shared/n8n/credentials/twilio-account';
import { reasonOf } from '../shared/messaging/reason-of';

/**
 * The item with its media as binary data, media_0 and so on. What cannot be had is said in
 * `media[i].error`; the text goes on without it.
 */
export async function withDownloadedMedia(
	context: IWebhookFunctions,
	item: INodeExecutionData,
	maxBytes: number,
): Promise<INodeExecutionData> {
	const media = item.json['media'] as unknown as IncomingMedia[];
	const account = twilioAccountOf(context);
	const binary: IBinaryKeyData = {};
	const downloaded = await Promise.all(
		media.map(async (medium, index): Promise<IncomingMedia> => {
			const binaryProperty = `media_${index}`;
			try {
				const { apiBaseUrl } = await account;
				const data = await fetchMedia(context, medium.url, { apiBaseUrl, maxBytes });
				const fileName = `${binaryProperty}.${extensionOf(medium.contentType)}`;
				binary[binaryProperty] = await context.helpers.prepareBinaryData(
					data,
					fileName,
					medium.contentType,
				);
				return { ...medium, binaryProperty };
			} catch (error) {
				return {
					...medium,
					error: reasonOf(error),
				};
			}
		}),
	);
	return {
		json: { ...item.json, media: downloaded },
		...(Object.keys(binary).length > 0 ? { binary } : {}),
	};
}

/** image/jpeg -> jpeg; good enough for a file name. */
function extensionOf(contentType: string): string {
	return /^[a-z]+\/(?:x-)?([a-z0-9]+)/i.exec(contentType)?.[1] ?? 'bin';
}
