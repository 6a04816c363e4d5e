import { describe, expect, it } from '@jest/globals';
import { isPrivateUrl } from '../../../../nodes/shared/twilio/registration/own-webhook-url';

describe('isPrivateUrl', () => {
	it.each([
		'http://localhost:5678/webhook/1',
		'http://127.0.0.1:5678/',
		'http://0.0.0.0/',
		'http://10.1.2.3/',
		'http://172.16.0.1/',
		'http://172.31.255.1/',
		'http://192.168.1.20/',
		'http://169.254.1.1/',
		'http://100.64.0.1/',
		'http://[::1]:5678/',
		'http://[fd00::1]/',
		'http://[fe80::1]/',
		'http://n8n:5678/',
		'http://n8n.local/',
		'https://n8n.corp.internal/',
	])('says yes to %s', (url) => {
		expect(isPrivateUrl(url)).toBe(true);
	});

	it.each([
		'https://n8n.example.com/webhook/1',
		'http://203.0.113.9/',
		'http://172.32.0.1/',
		'http://100.128.0.1/',
		'http://[2001:db8::1]/',
		'https://localhost.example.com/',
		'https://10.example.com/',
	])('says no to %s', (url) => {
		expect(isPrivateUrl(url)).toBe(false);
	});
});
