import type {
	IBinaryKeyData,
	INodeExecutionData,
	ITriggerFunctions,
	IWebhookFunctions,
} from 'n8n-workflow';
import { fetchMedia } from '../shared/n8n/host/fetch-media';
import type { IncomingMedia } from '../shared/n8n/items/incoming-text';
import { reasonOf } from '../shared/messaging/reason-of';
import type { TwilioAccount } from '../shared/twilio/api/twilio-client';

/**
 * The item with its media as binary data, media_0 and so on. What cannot be had is said in
 * `media[i].error`; the text goes on without it.
 */
export async function withDownloadedMedia(
	context: ITriggerFunctions | IWebhookFunctions,
	item: INodeExecutionData,
	maxBytes: number,
	accountRead: Promise<TwilioAccount>,
): Promise<INodeExecutionData> {
	const media = item.json['media'] as unknown as IncomingMedia[];
	const binary: IBinaryKeyData = {};
	const downloaded = await Promise.all(
		media.map(async (medium, index): Promise<IncomingMedia> => {
			const binaryProperty = `media_${index}`;
			try {
				const account = await accountRead;
				const data = await fetchMedia(context, medium.url, { account, maxBytes });
				const fileName = `${binaryProperty}.${await extensionOf(medium.contentType)}`;
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

/** image/jpeg -> jpeg. What phones send is not always a registered type; then its name is the best there is. */
async function extensionOf(contentType: string): Promise<string> {
	// A module in the form that only this kind of import can load, without the types of vendors.
	const { default: mime } = await import('mime/lite');
	const type = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
	const known = USUAL[type] ?? mime.getExtension(type);
	// A type that stands for many formats has an extension that fits none.
	if (known !== null && known !== 'bin') return known;
	return /^[a-z]+\/(?:x-)?([a-z0-9]{2,5})$/.exec(type)?.[1] ?? 'bin';
}

/** What is called otherwise than its type, the types that only phones use, and the documents people send. */
const USUAL: Readonly<Record<string, string>> = {
	'image/jpg': 'jpg',
	'audio/mpeg': 'mp3',
	'audio/mp3': 'mp3',
	'audio/ogg': 'ogg',
	'audio/aac': 'aac',
	'audio/ac3': 'ac3',
	'audio/m4a': 'm4a',
	'audio/amr-nb': 'amr',
	'audio/3gpp': '3gp',
	'audio/3gpp2': '3g2',
	'audio/vnd.wave': 'wav',
	'video/quicktime': 'mov',
	'text/vcard': 'vcf',
	'text/x-vcard': 'vcf',
	'text/directory': 'vcf',
	'application/vcard': 'vcf',
	'application/vnd.apple.pkpass': 'pkpass',
	'application/vnd.ms-excel': 'xls',
	'application/vnd.ms-powerpoint': 'ppt',
	'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'pptx',
	'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
	'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
};
