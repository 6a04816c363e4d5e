import type { IExecuteFunctions, IHookFunctions, ITriggerFunctions } from 'n8n-workflow';
import type { InboundEndpointRef, InboundSettings } from '../../twilio/api/inbound-endpoint';
import { isSameAddress } from '../../twilio/registration/own-webhook-url';
import { urlsOf, type Registration } from '../../twilio/registration/registration';
import { processWide } from '../../process/process-wide';
import type { TriggerContext } from '../host/field-value';
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
}

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

/** What this trigger has taken over. A test that listens has a memory of its own. */
export function registrationOf(context: Context): Registration | undefined {
	if (isOfTest(context)) {
		const found = context.getWorkflowStaticData('node')[TEST_KEY] as Registration | undefined;
		return found && plainCopy(found);
	}
	const remembered = memoryIn(context)[keyOf(context)];
	if (remembered === undefined || remembered.owner !== ownerIn(context)) return;
	return remembered.registration;
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
	const memory = memoryIn(context);
	const key = keyOf(context);
	memory[key] = {
		at: Math.max(systemClock.now(), (memory[key]?.at ?? 0) + 1),
		owner: ownerIn(context),
		...(registration && { registration }),
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

/** The live memory of the context's workflow, with what n8n has loaded where that is later. */
function memoryIn(context: Context | IExecuteFunctions): Memory {
	const workflowId = workflowIdIn(context);
	const memory = live.workflows.get(workflowId) ?? unobserved();
	live.workflows.set(workflowId, memory);
	const found = context.getWorkflowStaticData('global')[PRODUCTION_KEY] as Memory | undefined;
	// In a process with other mains, another one may have published since.
	if (found !== memory) {
		for (const [key, remembered] of Object.entries(plainCopy(found ?? {}))) {
			if (remembered.at > (memory[key]?.at ?? 0)) memory[key] = remembered;
		}
	}
	followYielded(memory);
	return memory;
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

function ownerIn(context: Context): string {
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
