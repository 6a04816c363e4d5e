import { endLeg, newLeg, type CallLeg } from './call-leg';
import { scriptedPeople, type CallPeople } from './call-people';
import { CallFailed, CallRequests, type CallUrl } from './call-requests';
import type { ContactCall, ContactCallResult } from './contact-call';
import { dialPhones } from './dial';
import type { NumberRecord } from './records';
import { DEMO_VOICE_URL } from './setup';
import { newSid } from './sids';
import type { TwilioState } from './state';
import { textOf } from './voice-verbs';
import type { Webhooks } from './webhooks';
import type { XmlElement } from './xml';

interface CallsOptions {
	readonly state: TwilioState;
	readonly webhooks: Webhooks;
	readonly apiBaseUrl: () => string;
}

/** What happens so far in one call. */
interface Course {
	readonly contact: ContactCall;
	readonly people: CallPeople;
	readonly number: NumberRecord;
	readonly leg: CallLeg;
	readonly requests: CallRequests;
	readonly rang: string[];
	readonly heard: string[];
	readonly heardByPhones: string[];
	connectedTo: string | null;
	shownAs: string | null;
	recordingUrl: string | null;
	errorCode: number | null;
	/** What Twilio tells once the call has ended. */
	readonly afterwards: Array<() => Promise<void>>;
}

/** The rest of the call: the verbs to go on with, or that it has ended. */
type Next = readonly XmlElement[] | 'ended' | 'next verb';

/** What happens when a contact calls one of the account's numbers. It takes the time that the people in it take. */
export class Calls {
	constructor(private readonly options: CallsOptions) {}

	/** Resolves when every request of the call has been answered. Rejects on TwiML it does not speak. */
	async call(
		contact: ContactCall,
		people: CallPeople = scriptedPeople(contact),
	): Promise<ContactCallResult> {
		const { state, webhooks } = this.options;
		const number = state.numberByAddress(contact.to);
		const account = state.accounts.get(number?.accountSid ?? '');
		if (!number || !account) throw new Error(`${contact.to} is not a number of any account`);
		const { from, to, fields = {}, callSid: sid, startedAt = new Date() } = contact;
		const course: Course = {
			contact,
			people,
			number,
			leg: newLeg({ from, to, fields, startedAt, ...(sid === undefined ? {} : { sid }) }),
			requests: new CallRequests(webhooks, account),
			rang: [],
			heard: [],
			heardByPhones: [],
			connectedTo: null,
			shownAs: null,
			recordingUrl: null,
			errorCode: null,
			afterwards: [],
		};
		this.log(number, course.leg);
		const undeliverable = nowhere(number);
		if (undeliverable !== null) endLeg(course.leg, 'failed');
		else await this.run(course);
		const { leg, requests, rang, connectedTo, shownAs, heard, heardByPhones } = course;
		return {
			callSid: leg.sid,
			status: leg.status,
			rang,
			connectedTo,
			shownAs,
			heard,
			heardByPhones,
			recordingUrl: course.recordingUrl,
			deliveries: requests.deliveries,
			undeliverable,
			errorCode: course.errorCode,
		};
	}

	private async run(course: Course): Promise<void> {
		const { number, leg, requests } = course;
		try {
			let verbs = await requests.ask(voiceUrlOf(number), leg);
			for (let at = 0; at < verbs.length; at += 1) {
				const verb = verbs[at];
				const next = verb ? await this.perform(course, verb) : 'ended';
				if (next === 'ended') break;
				if (next === 'next verb') continue;
				verbs = next;
				at = -1;
			}
		} catch (error) {
			if (!(error instanceof CallFailed)) throw error;
			course.errorCode = error.errorCode;
			await this.say(course, 'An application error has occurred. Goodbye.');
		}
		endLeg(leg, 'completed');
		const { statusCallback, statusCallbackMethod } = number;
		if (statusCallback !== '') {
			course.afterwards.push(async () => {
				const fields = { CallDuration: '7', Duration: '1', SequenceNumber: '0' };
				await requests.tell(statusCallback, statusCallbackMethod, leg, fields);
			});
		}
		// Twilio promises no order among these.
		await Promise.all(course.afterwards.map(async (tell) => await tell()));
	}

	private log(number: NumberRecord, leg: CallLeg): void {
		const { accountSid, sid: numberSid } = number;
		this.options.state.callLog.push({ accountSid, numberSid, leg });
	}

	private async perform(course: Course, verb: XmlElement): Promise<Next> {
		const { leg, requests } = course;
		switch (verb.name) {
			case 'Say':
				leg.status = 'in-progress';
				return (await this.say(course, textOf(verb))) ? 'next verb' : 'ended';
			case 'Pause':
				return 'next verb';
			case 'Hangup':
				return 'ended';
			case 'Redirect':
				return await requests.ask(actionOf(textOf(verb), verb), leg);
			case 'Dial':
				return await this.dial(course, verb);
			case 'Record':
				return await this.record(course, verb);
			default:
				throw new Error(`<${verb.name}> is not understood here`);
		}
	}

	/** Resolves with whether the caller goes on listening. */
	private async say({ heard, people }: Course, words: string): Promise<boolean> {
		heard.push(words);
		return await people.callerHears(words);
	}

	private async dial(course: Course, verb: XmlElement): Promise<Next> {
		const { leg, contact, people, requests } = course;
		course.shownAs = verb.attributes['callerId'] ?? leg.from;
		this.checkCallerId(course);
		const answersFirst = verb.attributes['answerOnBridge'] !== 'true';
		if (answersFirst) leg.status = 'in-progress';
		const dialed = await dialPhones(requests, leg, verb, contact, people, (phone) =>
			this.log(course.number, phone),
		);
		course.rang.push(...dialed.rang);
		course.heardByPhones.push(...dialed.heardByPhones);
		course.connectedTo = dialed.connectedTo;
		if (dialed.connectedTo !== null) leg.status = 'in-progress';

		const action = verb.attributes['action'];
		const ask = async () =>
			action === undefined
				? ('next verb' as const)
				: await requests.ask(actionOf(action, verb), leg, dialed.fields);
		const { callerHungUp, connectedTo } = dialed;
		const leftTalk = connectedTo !== null && (await people.talks(connectedTo)) === 'caller';
		for (const phone of dialed.legs) endLeg(phone, connected(phone) ? 'completed' : 'canceled');
		if (!callerHungUp && !leftTalk) return await ask();
		leg.status = leg.status === 'in-progress' ? 'completed' : 'no-answer';
		if (contact.asksActionAfterHangUp ?? true)
			course.afterwards.push(async () => void (await ask()));
		return 'ended';
	}

	/** Twilio takes the caller's own number, or one of the account's. */
	private checkCallerId({ shownAs, leg }: Course): void {
		if (shownAs === leg.from || this.options.state.numberByAddress(shownAs ?? '')) return;
		throw new CallFailed(13214);
	}

	private async record(course: Course, verb: XmlElement): Promise<Next> {
		const { leg, contact, people, requests } = course;
		const { attributes } = verb;
		const seconds = await people.speaks();
		const events = (attributes['recordingStatusCallbackEvent'] ?? 'completed').split(' ');
		const callback = attributes['recordingStatusCallback'];
		const tell = (event: string, fields: Record<string, string>) => {
			const isTold = contact.tellsOfRecording ?? true;
			if (callback === undefined || !events.includes(event) || !isTold) return;
			course.afterwards.push(
				async () =>
					await requests.tellOfRecording(callback, leg, {
						RecordingStatus: event,
						RecordingSource: 'RecordVerb',
						...fields,
					}),
			);
		};
		if (seconds === null || seconds === 0) {
			tell('absent', { RecordingSid: newSid('RE'), ErrorCode: '0' });
			return seconds === null ? 'ended' : 'next verb';
		}
		const sid = newSid('RE');
		const root = `${this.options.apiBaseUrl()}/2010-04-01/Accounts/${course.number.accountSid}`;
		course.recordingUrl = `${root}/Recordings/${sid}`;
		const fields = {
			RecordingSid: sid,
			RecordingUrl: course.recordingUrl,
			RecordingDuration: String(seconds),
		};
		tell('completed', { ...fields, RecordingChannels: '1', ErrorCode: '0' });
		// They have said what they wanted to say, and hang up.
		leg.status = 'completed';
		const action = attributes['action'];
		if (action !== undefined) {
			await requests.ask(actionOf(action, verb), leg, { ...fields, Digits: 'hangup' });
		}
		return 'ended';
	}
}

function voiceUrlOf(number: NumberRecord): CallUrl {
	return {
		url: number.voiceUrl,
		method: number.voiceMethod,
		fallbackUrl: number.voiceFallbackUrl || null,
		fallbackMethod: number.voiceFallbackMethod,
	};
}

function nowhere(number: NumberRecord): string | null {
	if (number.trunkSid !== null) return `the number belongs to the trunk ${number.trunkSid}`;
	if (number.voiceApplicationSid !== '') {
		return `the number belongs to TwiML App ${number.voiceApplicationSid}`;
	}
	if (number.voiceUrl === '') return 'no webhook for calls is set on this number';
	return number.voiceUrl === DEMO_VOICE_URL ? "the number still points to Twilio's demo" : null;
}

function actionOf(url: string, { attributes }: XmlElement): CallUrl {
	return { url, method: attributes['method'] ?? 'POST' };
}

function connected({ status }: CallLeg): boolean {
	return status === 'in-progress';
}
