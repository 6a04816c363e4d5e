import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import {
	assertStandardSecret,
	standardWebhookHeaders,
} from '../../../nodes/shared/receiving/notify-webhook';

describe('standardWebhookHeaders', () => {
	it("are accepted by the specification's own library, whatever is sent", () => {
		const key = fc.uint8Array({ minLength: 24, maxLength: 64 });
		fc.assert(
			fc.property(key, fc.jsonValue(), fc.boolean(), (bytes, payload, prefixed) => {
				const encoded = Buffer.from(bytes).toString('base64');
				const secret = prefixed ? `whsec_${encoded}` : encoded;
				const body = JSON.stringify(payload);
				const headers = standardWebhookHeaders(secret, { id: 'msg', at: Date.now(), body });
				expect(() => new Webhook(secret).verify(body, { ...headers })).not.toThrow();
				expect(() => new Webhook(secret).verify(`${body} `, { ...headers })).toThrow();
			}),
		);
	});
});

describe('assertStandardSecret', () => {
	it.each([`whsec_${Buffer.alloc(24).toString('base64')}`, Buffer.alloc(64).toString('base64')])(
		'accepts %s',
		(secret) => {
			expect(() => assertStandardSecret(secret, 'Secret')).not.toThrow();
		},
	);

	it.each(['', 'whsec_', 'hunter2-hunter2-hunter2-hunter2', Buffer.alloc(16).toString('base64')])(
		'refuses %j without repeating it',
		(secret) => {
			const refusal = () => assertStandardSecret(secret, 'Notify Signing Secret');
			expect(refusal).toThrow(/^Notify Signing Secret: /);
			// eslint-disable-next-line jest/no-conditional-expect -- an empty secret is in every text
			if (secret.length > 6) expect(refusal).not.toThrow(secret);
		},
	);
});
