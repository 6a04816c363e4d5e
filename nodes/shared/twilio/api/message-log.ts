import type { Media } from '../../messaging/message';
import { messagesOf, readMessage, type TwilioMessage } from './messages';
import type { TwilioClient } from './twilio-client';

/** A message as Twilio lists it. */
export interface LoggedMessage extends TwilioMessage {
	dateCreated: Date;
}

export interface MessageLog {
	/** Newest first. */
	messages: LoggedMessage[];
	/** When the newest message of all came to be; undefined where there is none. */
	newest: Date | undefined;
}

/** Where nothing has happened, these are all that is looked at. */
const FIRST_PAGE = 50;
/** Twilio's largest. */
const NEXT_PAGES = 1_000;

/**
 * The messages that `keep` wants and that came to be at `since` (milliseconds since 1970) or later.
 * One request where the newest 50 reach back so far.
 *
 * Twilio's filter by date is left alone: it may know whole days only, and goes by when a message was
 * sent, which one that waits in a queue never was.
 *
 * @param to of one number of ours; without it, all messages of the account, sent ones too.
 */
export async function messagesSince(
	twilio: TwilioClient,
	since: number,
	keep: (message: TwilioMessage) => boolean,
	to?: string,
): Promise<MessageLog> {
	const query = { ...(to === undefined ? {} : { to }), pageSize: FIRST_PAGE };
	let page: SdkPage | undefined = await messagesOf(twilio).page(query);
	let listed = logged(page);
	const newest = listed[0]?.dateCreated;
	if (page.instances.length === FIRST_PAGE && !reachesBackTo(listed, since)) {
		page = await messagesOf(twilio).page({ ...query, pageSize: NEXT_PAGES });
		listed = logged(page);
	}
	const messages: LoggedMessage[] = [];
	for (;;) {
		messages.push(...listed.filter((one) => one.dateCreated.getTime() >= since && keep(one)));
		if (reachesBackTo(listed, since)) break;
		page = await page.nextPage();
		if (page === undefined) break;
		listed = logged(page);
	}
	return { messages, newest };
}

type FirstPage = Awaited<ReturnType<ReturnType<typeof messagesOf>['page']>>;
type SdkPage = Pick<FirstPage, 'instances'> & {
	nextPage(): Promise<SdkPage> | undefined;
};

function logged({ instances }: SdkPage): LoggedMessage[] {
	return instances
		.map(readMessage)
		.filter((message): message is LoggedMessage => message.dateCreated !== undefined);
}

function reachesBackTo(newestFirst: readonly LoggedMessage[], since: number): boolean {
	return (newestFirst.at(-1)?.dateCreated.getTime() ?? Infinity) < since;
}

/** When a message came to be, milliseconds since 1970. Rejects as `twilioClient` says. */
export async function cameToTwilioAt(
	twilio: TwilioClient,
	messageSid: string,
): Promise<number | undefined> {
	return readMessage(await messagesOf(twilio)(messageSid).fetch()).dateCreated?.getTime();
}

/** The files that came with a message, at the addresses that its webhook names. */
export async function mediaOfMessage(twilio: TwilioClient, messageSid: string): Promise<Media[]> {
	const { apiBaseUrl } = twilio.account;
	const files = await messagesOf(twilio)(messageSid).media.list();
	return files.map(({ uri, contentType }) => ({
		url: new URL(uri.replace(/\.json$/, ''), apiBaseUrl).toString(),
		contentType: contentType || 'application/octet-stream',
	}));
}

/** A message with what became of it and what it cost. */
export interface MessageDetails extends TwilioMessage {
	/** Twilio's words for the error code. */
	errorMessage: string | null;
	/** What was charged, as a positive number; null while Twilio has not counted it. */
	price: number | null;
	/** Of the price, as ISO 4217 has it. */
	priceUnit: string | null;
	dateSent: Date | undefined;
	dateUpdated: Date | undefined;
}

/** Rejects as `twilioClient` says; TwilioApiError `isNotFound` where there is no such message. */
export async function fetchDetails(
	twilio: TwilioClient,
	messageSid: string,
): Promise<MessageDetails> {
	return detailsIn(await messagesOf(twilio)(messageSid).fetch());
}

/**
 * Messages of the account or of one direction with a number, newest first, each page read when it is
 * asked for.
 *
 * @param pageSize at most 1,000.
 */
export async function* messagesNewestFirst(
	twilio: TwilioClient,
	filter: { to?: string; from?: string },
	pageSize: number,
): AsyncGenerator<MessageDetails> {
	let page: SdkPage | undefined = await messagesOf(twilio).page({ ...filter, pageSize });
	while (page !== undefined) {
		yield* page.instances.map(detailsIn);
		page = await page.nextPage();
	}
}

/** The SDK's types promise more than Twilio's answers keep: absent fields are null there. */
function detailsIn(message: SdkPage['instances'][number]): MessageDetails {
	const { price, priceUnit, errorMessage, dateSent, dateUpdated } = message as {
		[name in 'price' | 'priceUnit' | 'errorMessage']: string | null;
	} & { [name in 'dateSent' | 'dateUpdated']: unknown };
	const amount = price === null || price === '' ? NaN : Math.abs(Number(price));
	return {
		...readMessage(message),
		errorMessage: errorMessage || null,
		price: Number.isFinite(amount) ? amount : null,
		priceUnit: priceUnit || null,
		dateSent: dateSent instanceof Date ? dateSent : undefined,
		dateUpdated: dateUpdated instanceof Date ? dateUpdated : undefined,
	};
}
