import { describe, expect, it } from '@jest/globals';
import { parseMediaUrls, parseStatusCallback } from '../../../../nodes/shared/twilio/api/messages';

describe('addresses as people type them', () => {
	it('may begin with HTTPS:// in capitals', () => {
		expect(
			parseMediaUrls('HTTPS://example.com/A.jpg,Http://example.com/b', 'Media URLs'),
		).toEqual(['https://example.com/A.jpg', 'http://example.com/b']);
		expect(parseStatusCallback(' HTTPS://example.com/Told ', 'Status Callback')).toBe(
			'https://example.com/Told',
		);
	});

	it.each(['ftp://example.com/a', 'example.com/a', 'https://'])('may not be %s', (url) => {
		expect(() => parseMediaUrls(url, 'Media URLs')).toThrow(
			/Media URLs: .* is not a web address/,
		);
	});
});
