import { describe, expect, it } from '@jest/globals';
import { parseMediaUrls, parseStatusCallback } from '../../../../nodes/shared/twilio/api/messages';

describe('addresses as people type them', () => {
	it('may begin with HTTPS:// in capitals', () => {
		expect(parseMediaUrls('HTTPS://example.com/A.jpg,Http://example.com/b')).toEqual([
			'https://example.com/A.jpg',
			'http://example.com/b',
		]);
		expect(parseStatusCallback(' HTTPS://example.com/Told ')).toBe('https://example.com/Told');
	});

	it.each(['ftp://example.com/a', 'example.com/a', 'https://'])('may not be %s', (url) => {
		expect(() => parseMediaUrls(url)).toThrow(/Media URLs: .* is not a web address/);
	});
});
