import { describe, expect, it } from '@jest/globals';
import {
	connectTwiml,
	hangUpTwiml,
	ringTwiml,
	screenTwiml,
	voicemailTwiml,
} from '../../../../nodes/shared/twilio/voice/call-twiml';
import { parseXml, type XmlElement } from '../../../../emulator/twilio/xml';

const URLS = {
	dialedUrl: 'https://n8n.example/w?step=dialed&from=%2B1',
	answeredUrl: 'https://n8n.example/w?step=answered',
};
const PHONES = ['+14155550777', '+14155550778'];

function verbsOf(twiml: string): XmlElement[] {
	return parseXml(twiml).children.filter((node) => typeof node !== 'string');
}

describe('ringTwiml', () => {
	const ringing = { ...URLS, phones: PHONES, seconds: 18, callerId: undefined };

	it('rings all phones at once, the caller hearing it ring, and asks what comes then', () => {
		const [dial, ...others] = verbsOf(ringTwiml({ ...ringing, screenUrl: undefined }));
		expect(others).toEqual([]);
		expect(dial).toMatchObject({
			name: 'Dial',
			attributes: {
				timeout: '18',
				answerOnBridge: 'true',
				action: URLS.dialedUrl,
				method: 'POST',
			},
			children: PHONES.map((phone) => ({ name: 'Number', children: [phone] })),
		});
		expect(dial?.attributes).not.toHaveProperty('callerId');
	});

	it('asks to be told who picked up, or asks each phone for a key', () => {
		const numberOf = (screenUrl: string | undefined) =>
			verbsOf(ringTwiml({ ...ringing, screenUrl }))[0]?.children[0] as XmlElement;
		expect(numberOf(undefined).attributes).toEqual({
			statusCallback: URLS.answeredUrl,
			statusCallbackEvent: 'answered',
			statusCallbackMethod: 'POST',
		});
		expect(numberOf('https://n8n.example/w?step=screen').attributes).toEqual({
			url: 'https://n8n.example/w?step=screen',
			method: 'POST',
		});
	});
});

it('a phone is asked for one key, and hung up without one', () => {
	const question = { text: 'A call for "Ava" & Bo. Press a key.', language: 'en-GB' };
	const [gather, hangup] = verbsOf(screenTwiml(question, 'https://n8n.example/w?a=1&b=2'));
	expect(gather).toMatchObject({
		name: 'Gather',
		attributes: { input: 'dtmf', numDigits: '1', action: 'https://n8n.example/w?a=1&b=2' },
		children: [{ name: 'Say', attributes: { language: 'en-GB' }, children: [question.text] }],
	});
	expect(hangup?.name).toBe('Hangup');
	expect(verbsOf(connectTwiml())).toEqual([]);
});

it('goodbye is said only where there are words', () => {
	const names = (text: string) =>
		verbsOf(hangUpTwiml({ text, language: '' })).map(({ name }) => name);
	expect(names('Goodbye.')).toEqual(['Say', 'Hangup']);
	expect(names('  ')).toEqual(['Hangup']);
});

it('a voicemail has its three addresses: spoken, silent, stored', () => {
	const twiml = voicemailTwiml({
		greeting: { text: 'Speak.', language: 'en-US' },
		maxSeconds: 60,
		recordedUrl: 'https://n8n.example/w?step=recorded',
		unrecordedUrl: 'https://n8n.example/w?step=unrecorded',
		recordingUrl: 'https://n8n.example/w?step=recording',
	});
	expect(verbsOf(twiml)).toMatchObject([
		{ name: 'Say' },
		{
			name: 'Record',
			attributes: {
				maxLength: '60',
				action: 'https://n8n.example/w?step=recorded',
				recordingStatusCallback: 'https://n8n.example/w?step=recording',
				recordingStatusCallbackEvent: 'completed absent',
			},
		},
		{ name: 'Redirect', children: ['https://n8n.example/w?step=unrecorded'] },
	]);
});
