import { InvalidInputError } from '../../messaging/invalid-input-error';
import type { InboundEndpoint, InboundSettings } from '../api/inbound-endpoint';
import { findNumber, listNumbers, numberLabel, type AccountNumber } from '../api/numbers';
import { findService, listPool, listServices, type MessagingService } from '../api/services';
import type { TwilioClient } from '../api/twilio-client';
import { OVERWRITE_LABEL } from './overwrite-label';
import type { OwnWebhookUrl } from './own-webhook-url';

/** How the editor calls the fields and options that say where a trigger connects itself; errors name them. */
export interface ConnectionLabels {
	receiveOn: string;
	phoneNumbers: string;
	/** Of `receiveOn`. */
	ofService: string;
	ofNumbers: string;
}

/**
 * Where a URL must be set where the builder leaves it to us: as for the credential's Messaging Service
 * or, where it names none, on the account's only number that can text. Throws InvalidInputError where
 * somebody has to choose.
 *
 * @param before SIDs of the numbers that the trigger had when it was published last. It keeps them once
 * there are more, and those that have its address at Twilio, should that memory be lost.
 */
export async function automaticTargets(
	client: TwilioClient,
	before: readonly string[],
	webhook: OwnWebhookUrl,
	labels: ConnectionLabels,
): Promise<InboundEndpoint[]> {
	if (client.account.messagingServiceSid !== undefined)
		return await serviceTargets(client, labels);
	const able = (await listNumbers(client)).filter(({ canText }) => canText);
	const isOurs = ({ sid, endpoint }: AccountNumber) =>
		before.includes(sid) || comesHere(endpoint, webhook);
	const numbers = onlyNumber(able, isOurs, {
		...{ able: 'can text', ...labels },
		none: 'Buy a number with the capability SMS in the Twilio Console, or choose the credential of the account that has one.',
		orElse: ' Or enter a Messaging Service SID in the credential: then all its numbers are answered.',
	});
	return await textTargets(client, numbers, { ...labels, phoneNumbers: labels.receiveOn });
}

/** The same for calls, which no Messaging Service has. */
export async function automaticCallTargets(
	client: TwilioClient,
	before: readonly string[],
	webhook: OwnWebhookUrl,
	labels: Omit<ConnectionLabels, 'ofService'>,
): Promise<InboundEndpoint[]> {
	const able = (await listNumbers(client)).filter(({ canCall }) => canCall);
	const isOurs = ({ sid, calls }: AccountNumber) =>
		before.includes(sid) || comesHere(calls, webhook);
	const numbers = onlyNumber(able, isOurs, {
		...{ able: 'can take calls', ...labels },
		none: 'Buy a number with the capability Voice in the Twilio Console, or choose the credential of the account that has one.',
		orElse: '',
	});
	return callTargetsOf(numbers, webhook, labels.receiveOn);
}

/** In an error; some accounts have thousands. */
const MOST_LISTED = 10;

/** The only number, or of several those that are ours. Throws InvalidInputError for none, and for several new ones. */
function onlyNumber(
	numbers: readonly AccountNumber[],
	isOurs: (number: AccountNumber) => boolean,
	words: Omit<ConnectionLabels, 'ofService'> & { able: string; none: string; orElse: string },
): AccountNumber[] {
	const chosen = numbers.length > 1 ? numbers.filter(isOurs) : [...numbers];
	if (chosen.length > 0) return chosen;
	if (numbers.length === 0) {
		throw new InvalidInputError({
			field: words.receiveOn,
			cause: `this account has no number that ${words.able}`,
			fix: words.none,
		});
	}
	const listed = numbers.slice(0, MOST_LISTED).map(numberLabel);
	if (numbers.length > MOST_LISTED) listed.push(`${numbers.length - MOST_LISTED} more`);
	throw new InvalidInputError({
		field: words.receiveOn,
		cause: `this account has ${numbers.length} numbers that ${words.able}: ${listed.join(', ')}`,
		fix: `Choose "${words.ofNumbers}" there, and under ${words.phoneNumbers} those that this workflow answers.${words.orElse}`,
	});
}

/**
 * Where a URL must be set so that all texts of a Messaging Service reach it: on the Service or,
 * where that defers to its senders, on each number of its pool.
 * Throws InvalidInputError where no text could arrive.
 */
export async function serviceTargets(
	client: TwilioClient,
	labels: ConnectionLabels,
): Promise<InboundEndpoint[]> {
	const service = await serviceOfAccount(client, labels);
	if (!service.defersToNumbers) return [service.endpoint];

	const pool = await listPool(client, service.sid);
	const numbers = await Promise.all(pool.map(({ sid }) => findNumber(client, sid)));
	const endpoints = numbers.flatMap((number) => (number ? [number.endpoint] : []));
	if (endpoints.length > 0) return endpoints;
	throw new InvalidInputError({
		field: labels.receiveOn,
		cause: `the Messaging Service "${service.name}" hands its texts over to its phone numbers, and it has none`,
		fix: 'In the Twilio Console, open the Messaging Service and add a phone number under Sender Pool.',
	});
}

/** The chosen numbers. Throws InvalidInputError for one that is gone, or whose texts go elsewhere. */
export async function numberTargets(
	client: TwilioClient,
	sids: readonly string[],
	labels: ConnectionLabels,
): Promise<InboundEndpoint[]> {
	const numbers = await chosenNumbers(client, sids, labels.phoneNumbers);
	return await textTargets(client, numbers, labels);
}

/** Throws InvalidInputError for a number whose texts go elsewhere. */
async function textTargets(
	client: TwilioClient,
	numbers: readonly AccountNumber[],
	labels: ConnectionLabels,
): Promise<InboundEndpoint[]> {
	const takenOver = await numbersTakenOver(client);
	return numbers.map((number) => {
		const service = takenOver.get(number.sid);
		if (service !== undefined) {
			throw new InvalidInputError({
				field: labels.phoneNumbers,
				cause: `${number.phoneNumber} is in the Messaging Service "${service.name}", which receives its texts, so they would never arrive here`,
				fix: `Enter ${service.sid} as the Messaging Service SID in the credential and choose ${labels.ofService} under ${labels.receiveOn}. Or, in the Twilio Console, set the Service's Integration to "Defer to sender's webhook".`,
			});
		}
		return number.endpoint;
	});
}

/** Number SIDs by the Messaging Service that receives their texts in their stead. */
export async function numbersTakenOver(
	client: TwilioClient,
): Promise<Map<string, MessagingService>> {
	const services = (await listServices(client)).filter(({ defersToNumbers }) => !defersToNumbers);
	const pools = await Promise.all(services.map(({ sid }) => listPool(client, sid)));
	return new Map(
		services.flatMap((service, index) =>
			(pools[index] ?? []).map(({ sid }): [string, MessagingService] => [sid, service]),
		),
	);
}

async function serviceOfAccount(
	client: TwilioClient,
	labels: ConnectionLabels,
): Promise<MessagingService> {
	const { messagingServiceSid } = client.account;
	if (messagingServiceSid === undefined) {
		throw new InvalidInputError({
			field: 'Messaging Service SID',
			cause: 'it is empty in the credential',
			fix: `Enter it in the Twilio Messaging API credential, or choose ${labels.ofNumbers} under ${labels.receiveOn}.`,
		});
	}
	const service = await findService(client, messagingServiceSid);
	if (service !== undefined) return service;
	throw new InvalidInputError({
		field: 'Messaging Service SID',
		cause: "That Messaging Service SID wasn't found on the account",
		fix: 'In the Twilio Console, open Messaging > Services, copy the SID (it starts with MG) and paste it into the credential.',
	});
}

/**
 * Where a URL must be set so that the calls of the chosen numbers reach it: on each number and,
 * where nobody else has it, at what Twilio tells of a call that has ended. Throws InvalidInputError
 * for a number that is gone, cannot be called, or whose calls go elsewhere before any URL is asked.
 */
export async function callTargets(
	client: TwilioClient,
	sids: readonly string[],
	webhook: OwnWebhookUrl,
	field: string,
): Promise<InboundEndpoint[]> {
	return callTargetsOf(await chosenNumbers(client, sids, field), webhook, field);
}

function callTargetsOf(
	numbers: readonly AccountNumber[],
	webhook: OwnWebhookUrl,
	field: string,
): InboundEndpoint[] {
	return numbers.flatMap(({ phoneNumber, canCall, trunkSid, calls, callStatus }) => {
		if (!canCall) throw cannotBeCalled(phoneNumber, field);
		if (trunkSid !== '') throw belongsToTrunk(phoneNumber, trunkSid, field);
		const free = foreignHolder(callStatus, webhook) === undefined;
		return free ? [calls, callStatus] : [calls];
	});
}

function cannotBeCalled(phoneNumber: string, field: string): InvalidInputError {
	return new InvalidInputError({
		field,
		cause: `${phoneNumber} cannot take calls`,
		fix: 'Choose a number with the capability Voice.',
	});
}

function belongsToTrunk(phoneNumber: string, trunkSid: string, field: string): InvalidInputError {
	return new InvalidInputError({
		field,
		cause: `the calls of ${phoneNumber} go to the SIP trunk ${trunkSid}, so they would never arrive here`,
		fix: 'Choose another number, or take the number off the trunk in the Twilio Console (Elastic SIP Trunking). If your phone system answers its calls, set Receive Calls On to "Another Phone System".',
	});
}

/** At least one. Throws InvalidInputError for none, and for one that is gone. */
async function chosenNumbers(
	client: TwilioClient,
	sids: readonly string[],
	field: string,
): Promise<AccountNumber[]> {
	if (sids.length === 0) {
		throw new InvalidInputError({
			field,
			cause: 'none is chosen',
			fix: 'Choose at least one number.',
		});
	}
	const numbers: AccountNumber[] = [];
	for (const sid of sids) {
		const number = await findNumber(client, sid);
		if (number === undefined) {
			throw new InvalidInputError({
				field,
				cause: `${sid} is not a number of this Twilio account (any more)`,
				fix: 'Choose the numbers again, or choose the credential of the account that has them.',
			});
		}
		numbers.push(number);
	}
	return numbers;
}

/** Whether Twilio sends here, at this moment, what comes to the endpoint. */
export function comesHere({ settings }: InboundEndpoint, webhook: OwnWebhookUrl): boolean {
	return settings.applicationSid === '' && webhook.isOurs(settings.url);
}

/**
 * Throws InvalidInputError naming every endpoint that another app has, and the app's address.
 *
 * @param field the label of the field that says where the trigger connects itself.
 * @param workflowAt how the builder knows the workflow of this n8n that has a URL, where one has it.
 */
export function assertMayTakeOver(
	endpoints: readonly InboundEndpoint[],
	webhook: OwnWebhookUrl,
	field: string,
	workflowAt: WorkflowAt,
): void {
	const held = endpoints.filter((endpoint) => foreignHolder(endpoint, webhook) !== undefined);
	if (held.length === 0) return;
	const copies = held.some(({ settings }) => webhook.isNamesake(settings.url));
	const places = held.map((endpoint) => whereTo(endpoint, workflowAt)).join('; ');
	const isHere = held.every(({ settings }) => workflowAt(settings.url) !== undefined);
	throw new InvalidInputError({
		field,
		cause: isHere ? places : `another app is connected already: ${places}`,
		fix: [
			isHere
				? 'Unpublish that one first, or choose other numbers.'
				: copies
					? "That is this node's address on another n8n, where a copy of this workflow may be published: unpublish it there first. If it is the address that this n8n had before, unpublish this workflow and publish it again; a test has to wait for that."
					: 'If that is another workflow, unpublish that one first, or choose other numbers.',
			`To take over, add the option "${OVERWRITE_LABEL}" and switch it on: what is there now comes back when this workflow is unpublished.`,
		].join(' '),
	});
}

/** Of endpoints that have turned out to be somebody else's just after we wrote our URL. */
export function heldByOthers(
	endpoints: readonly InboundEndpoint[],
	field: string,
): InvalidInputError {
	return new InvalidInputError({
		field,
		cause: `another app was connected at the same moment: ${endpoints.map((endpoint) => whereTo(endpoint)).join('; ')}`,
		fix: 'Two triggers cannot have one number. Choose different numbers, or unpublish the other workflow, and publish again.',
	});
}

type WorkflowAt = (url: string) => string | undefined;

/** Who gets what comes in there, in a sentence. */
export function whereTo(
	{ kind, label, settings }: InboundEndpoint,
	workflowAt: WorkflowAt = () => undefined,
): string {
	const what = { number: 'texts', service: 'texts', voice: 'calls', callStatus: 'call reports' };
	const workflow = settings.applicationSid === '' ? workflowAt(settings.url) : undefined;
	return workflow === undefined
		? `${label} sends its ${what[kind]} to ${holderIn(settings)}`
		: `the ${what[kind]} of ${label} go to another workflow of this n8n: ${workflow}`;
}

function holderIn({ applicationSid, url }: InboundSettings): string {
	if (applicationSid !== '') return `the TwiML App ${applicationSid}`;
	return url === '' ? 'nobody' : withoutQuery(url);
}

/** Whether somebody else gets the texts or calls now. */
export function isHeldByOther(endpoint: InboundEndpoint, webhook: OwnWebhookUrl): boolean {
	return foreignHolder(endpoint, webhook) !== undefined;
}

/** Who gets the texts or calls now, where it is neither nobody nor this trigger. */
function foreignHolder({ settings }: InboundEndpoint, webhook: OwnWebhookUrl): string | undefined {
	const { applicationSid, url } = settings;
	if (applicationSid === '' && (!isSet(url) || webhook.isOurs(url))) return undefined;
	return holderIn(settings);
}

/** A number fresh from Twilio's shop points to a demo, which is as good as nothing. */
export function isSet(url: string): boolean {
	return url !== '' && !(URL.canParse(url) && new URL(url).hostname === 'demo.twilio.com');
}

/** Host and path; a query may hold a secret. */
export function withoutQuery(url: string): string {
	if (!URL.canParse(url)) return 'an address that is not valid';
	const { host, pathname } = new URL(url);
	return `${host}${pathname === '/' ? '' : pathname}`;
}
