import type { IExecuteFunctions, IHookFunctions, ITriggerFunctions } from 'n8n-workflow';
import type { InboundEndpointRef, InboundSettings } from '../../twilio/api/inbound-endpoint';
import { isSameAddress } from '../../twilio/registration/own-webhook-url';
import { urlsOf, type Registration } from '../../twilio/registration/registration';
import { processWide } from '../../process/process-wide';
import { isObject } from '../../threads/stores/stored-data';
import type { TriggerContext } from '../host/field-value';
import { logWarning } from '../host/log-warning';
import { systemClock } from '../host/system-clock';
import { isOfTest } from '../webhook/called-url';

type Context = TriggerContext;

/** What one trigger remembers; with no registration, that it has given everything back. */
interface Remembered {
	/** Milliseconds since 1970, to tell which of two memories is the later. */
	at: number;
	/** The n8n and the workflow that wrote it. One that was exported whole takes its memory along. */
	owner: string;
	registration?: Registration;
	/** SIDs of the numbers that it had when it was published last, also once it is unpublished. */
	numbers?: string[];
	/** Of the whole workflow, under `KEPT_IN_KEY`. */
	keptIn?: LocalPlace;
}

/** Places for conversations that need nothing of the builder. */
export type LocalPlace = 'embedded' | 'staticData';

/** Of one workflow, by the ID of the trigger's node, which outlives a change of its name. */
type Memory = Record<string, Remembered>;

/** A trigger that was unpublished while another one, which had taken over from it, had its place. */
interface Yielded extends InboundEndpointRef {
	at: number;
	/** Its URLs, which the other one remembers as what was there before. */
	urls: string[];
	/** What really was there before. */
	displaced: InboundSettings;
}

const PRODUCTION_KEY = 'smsRegistrations';
/** Among the IDs of nodes, which are never so short. */
const KEPT_IN_KEY = 'keptIn';
/** In the node's own data: n8n gives each test a memory of its own, and only to the node's hooks. */
const TEST_KEY = 'registration';
const MOST_YIELDED = 500;

/**
 * n8n loads static data for each run and each publishing, and saves it whole at its end: a run that
 * overlaps a publishing puts back what was known before. So there is one memory in the process, and
 * every run and hook puts that one, not a copy, into what n8n saves.
 */
const live = processWide('registrations', 1, () => ({
	workflows: new Map<string, Memory>(),
	/** Oldest first. */
	yielded: [] as Yielded[],
}));

/** Names of the workflows, as n8n last told them. */
const names = processWide('workflow names', 1, () => new Map<string, string>());

/** The workflow of this n8n whose trigger is published at the URL; undefined where the process knows of none. */
export function workflowPublishedAt(
	context: Pick<Context, 'getInstanceId'>,
	url: string,
): string | undefined {
	for (const [workflowId, memory] of live.workflows) {
		const owner = `${context.getInstanceId()}:${workflowId}`;
		const isThere = Object.values(memory).some(
			(one) =>
				one.owner === owner && one.registration && isSameAddress(one.registration.url, url),
		);
		if (isThere) return names.get(workflowId);
	}
	return undefined;
}

/** What this trigger has taken over. A test that listens has a memory of its own. */
export function registrationOf(context: Context): Registration | undefined {
	if (isOfTest(context)) {
		const found = context.getWorkflowStaticData('node')[TEST_KEY] as Registration | undefined;
		return found && plainCopy(found);
	}
	return rememberedIn(context, keyOf(context))?.registration;
}

/** SIDs of the numbers that this trigger had when it was published last; a test that listens is told too. */
export function numbersBefore(context: Context): readonly string[] {
	return rememberedIn(context, keyOf(context))?.numbers ?? [];
}

/** Where the workflow kept its conversations when it was published last. */
export function keptInOf(context: Context | IExecuteFunctions): LocalPlace | undefined {
	const keptIn = rememberedIn(context, KEPT_IN_KEY)?.keptIn;
	return keptIn === 'embedded' || keptIn === 'staticData' ? keptIn : undefined;
}

/** Resolves to whether that is news. */
export function rememberKeptIn(context: IHookFunctions, keptIn: LocalPlace): boolean {
	if (keptInOf(context) === keptIn) return false;
	remember(context, KEPT_IN_KEY, { keptIn });
	return true;
}

export function rememberRegistration(
	context: IHookFunctions | ITriggerFunctions,
	registration: Registration | undefined,
): void {
	if (isOfTest(context)) {
		const found = context.getWorkflowStaticData('node');
		if (registration === undefined) delete found[TEST_KEY];
		else found[TEST_KEY] = registration;
		return;
	}
	const numbers = registration ? numbersOf(registration) : [...numbersBefore(context)];
	remember(context, keyOf(context), {
		...(registration && { registration }),
		...(numbers.length > 0 && { numbers }),
	});
}

function numbersOf({ endpoints }: Registration): string[] {
	const ofNumbers = endpoints.filter(({ kind }) => kind === 'number' || kind === 'voice');
	return ofNumbers.map(({ sid }) => sid);
}

function remember(
	context: IHookFunctions | ITriggerFunctions,
	key: string,
	what: Omit<Remembered, 'at' | 'owner'>,
): void {
	const memory = memoryIn(context);
	memory[key] = {
		at: Math.max(systemClock.now(), (memory[key]?.at ?? 0) + 1),
		owner: ownerIn(context),
		...what,
	};
	// What `trigger()` has is as old as the publishing, and n8n would save all of it: the runs save this.
	if ('emit' in context) return;
	context.getWorkflowStaticData('global')[PRODUCTION_KEY] = memory;
}

/** Lets n8n save what this process knows, wherever that is later than what it has loaded. */
export function keepRegistrations(context: Context | IExecuteFunctions): void {
	if (context.getMode() === 'manual') return;
	const staticData = context.getWorkflowStaticData('global');
	const found = JSON.stringify(staticData[PRODUCTION_KEY] ?? {});
	const memory = memoryIn(context);
	if (JSON.stringify(memory) !== found) staticData[PRODUCTION_KEY] = memory;
}

/** The same, whether there is anything yet or not: a run may end after the first publishing. */
export function shareRegistrations(context: Context | IExecuteFunctions): void {
	if (context.getMode() === 'manual') return;
	context.getWorkflowStaticData('global')[PRODUCTION_KEY] = memoryIn(context);
}

/** Whether another trigger of this workflow is published at this URL. */
export function isOfSibling(context: Context, url: string): boolean {
	return Object.entries(memoryIn(context)).some(
		([key, { owner, registration }]) =>
			key !== keyOf(context) &&
			owner === ownerIn(context) &&
			registration !== undefined &&
			isSameAddress(registration.url, url) &&
			!registration.stranded,
	);
}

/**
 * Whoever has taken over from this trigger gives back what was there before it: the trigger itself is
 * unpublished, and nobody answers at its URL.
 */
export function yieldPlace(
	{ kind, sid }: InboundEndpointRef,
	displaced: InboundSettings,
	registration: Registration,
): void {
	live.yielded.push({ kind, sid, urls: urlsOf(registration), displaced, at: systemClock.now() });
	live.yielded.splice(0, live.yielded.length - MOST_YIELDED);
	for (const memory of live.workflows.values()) followYielded(memory);
}

function rememberedIn(context: Context | IExecuteFunctions, key: string): Remembered | undefined {
	const remembered = memoryIn(context)[key];
	return remembered?.owner === ownerIn(context) ? remembered : undefined;
}

/** The live memory of the context's workflow, with what n8n has loaded where that is later. */
function memoryIn(context: Context | IExecuteFunctions): Memory {
	const workflowId = workflowIdIn(context);
	const memory = live.workflows.get(workflowId) ?? unobserved();
	live.workflows.set(workflowId, memory);
	names.set(workflowId, context.getWorkflow().name ?? '');
	const found = context.getWorkflowStaticData('global')[PRODUCTION_KEY];
	// In a process with other mains, another one may have published since.
	if (found !== memory) {
		for (const [key, remembered] of Object.entries(readable(context, found))) {
			if (remembered.at > (memory[key]?.at ?? 0)) memory[key] = remembered;
		}
	}
	followYielded(memory);
	return memory;
}

/** What can be read of a memory that n8n has loaded; of the rest the log tells what it comes to. */
function readable(context: Context | IExecuteFunctions, found: unknown): Memory {
	if (found === undefined) return {};
	const copy: unknown = JSON.parse(JSON.stringify(found));
	const entries = isObject(copy) ? Object.entries(copy) : [['', copy] as const];
	const sound = entries.filter((entry): entry is [string, Remembered] => isRemembered(entry[1]));
	if (sound.length < entries.length) {
		logWarning(
			context,
			'registrationUnreadable',
			'What this workflow remembers of its connection to Twilio is damaged. It goes on taking texts and calls; but when it is unpublished, it cannot give back what was set at Twilio before it. Publish it again, and look in the Twilio Console then whether the numbers lead where you want them.',
		);
	}
	return Object.fromEntries(sound);
}

function isRemembered(found: unknown): found is Remembered {
	if (!isObject(found)) return false;
	const { at, owner, registration } = found;
	if (!Number.isFinite(at) || typeof owner !== 'string') return false;
	if (registration === undefined) return true;
	return (
		isObject(registration) &&
		typeof registration['url'] === 'string' &&
		Array.isArray(registration['endpoints']) &&
		registration['endpoints'].every(
			(endpoint) => isObject(endpoint) && isObject(endpoint['displaced']),
		)
	);
}

function followYielded(memory: Memory): void {
	for (const remembered of Object.values(memory)) {
		for (const { at, kind, sid, urls, displaced } of live.yielded) {
			if (at < remembered.at) continue;
			for (const endpoint of remembered.registration?.endpoints ?? []) {
				const isBelow = urls.some((url) => isSameAddress(url, endpoint.displaced.url));
				if (endpoint.kind !== kind || endpoint.sid !== sid || !isBelow) continue;
				endpoint.displaced = { ...displaced };
				remembered.at = at;
			}
		}
	}
}

/** n8n wraps static data in proxies, object by object; it passes over what has this name. */
function unobserved(): Memory {
	return Object.defineProperty({}, '__dataChanged', { value: false, writable: true });
}

function workflowIdIn(context: Context | IExecuteFunctions): string {
	return context.getWorkflow().id ?? 'unsaved';
}

function ownerIn(context: Context | IExecuteFunctions): string {
	return `${context.getInstanceId()}:${workflowIdIn(context)}`;
}

function keyOf(context: Context): string {
	const { id, name } = context.getNode();
	return id || name;
}

/** n8n hands out proxies that report to the execution they were made for. */
function plainCopy<T extends object>(found: T): T {
	return JSON.parse(JSON.stringify(found)) as T;
}
