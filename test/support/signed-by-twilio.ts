/** The Auth Token of every signature here. */
export const TOKEN = '12345';

export const CALL_URL = 'https://mycompany.com/myapp.php?foo=1&bar=2';
export const CALL = {
	CallSid: 'CA1234567890ABCDE',
	Caller: '+14158675309',
	Digits: '1234',
	From: '+14158675309',
	To: '+18005551212',
};

export const SMS_URL = 'https://n8n.example.com/webhook/6c1e/twilio';
export const SMS = {
	AccountSid: 'AC00000000000000000000000000000001',
	ApiVersion: '2010-04-01',
	Body: ' Hi & é 👋 ',
	From: '+14017122661',
	FromCity: '',
	FromZip: '94103',
	MessageSid: 'SM00000000000000000000000000000001',
	NumMedia: '0',
	NumSegments: '1',
	SmsStatus: 'received',
	To: '+15558675310',
	ToCity: '',
};
export const SMS_SIGNATURE = 'WOIu6EbqmCi/WJAfWQAFcRcg0Vo=';

type Signed = [
	what: string,
	url: string,
	form: Record<string, string | string[]>,
	signature: string,
];

/** Forms with the signatures that Twilio's own code gives them. */
export const SIGNED_BY_TWILIO: readonly Signed[] = [
	['a form', CALL_URL, CALL, 'RSOYDt4T1cUTdK1PDd93/VVr8B8='],
	[
		"the documentation's example",
		'https://example.com/myapp.php?foo=1&bar=2',
		{ ...CALL, Caller: '+14158675310', From: '+14158675310' },
		'L/OH5YylLD5NRKLltdqwSvS0BnU=',
	],
	[
		'repeated fields, each value once',
		CALL_URL,
		{ Sid: 'CA123', SidAccount: 'AC123', Digits: ['5678', '1234', '1234'] },
		'IK+Dwps556ElfBT0I3Rgjkr1wJU=',
	],
	['a text with blanks at both ends and empty fields', SMS_URL, SMS, SMS_SIGNATURE],
];
