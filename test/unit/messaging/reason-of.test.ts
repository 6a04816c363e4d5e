import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import {
	causeOf,
	reasonOf,
	reasonWithFix,
	withoutKeys,
	withoutSecrets,
} from '../../../nodes/shared/messaging/reason-of';
import { rememberSecretsOf } from '../../../nodes/shared/n8n/credentials/read-credential';
import { rememberSecrets } from '../../../nodes/shared/secrets/known-secrets.singleton';
import { filesUnder } from '../../../scripts/build/source-hash';
import { ROOT } from '../../../scripts/paths';

/** Every text that stands in our code; those with gaps in parts. */
function ourWords(): string[] {
	const files = ['nodes', 'credentials'].flatMap((folder) => filesUnder(ROOT, folder));
	return files
		.filter((path) => path.endsWith('.ts'))
		.flatMap((path) => {
			const words: string[] = [];
			const look = (node: ts.Node) => {
				if (ts.isStringLiteralLike(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
					words.push(node.text);
				}
				node.forEachChild(look);
			};
			const text = readFileSync(join(ROOT, path), 'utf8');
			look(ts.createSourceFile(path, text, ts.ScriptTarget.Latest));
			return words;
		});
}

describe('words without secrets', () => {
	it('leave every sentence of ours as it is', () => {
		const sentences = ourWords().filter((text) => /\s/.test(text.trim()));
		expect(sentences.length).toBeGreaterThan(500);
		expect(sentences.filter((text) => withoutSecrets(text) !== text)).toEqual([]);
	});

	it.each([
		['Twilio error 20003, Twilio request RQ0123456789abcdef0123456789abcdef'],
		['Token limit reached: 128000 tokens'],
		['token limit-exceeded'],
		['The basic plan allows 100 requests'],
		['password: too short'],
		['https://api.example.com:8443/v1 did not answer (ECONNREFUSED)'],
		['Unknown parameter: max_tokens=500'],
		['The number +14155550123 of account AC0123456789abcdef0123456789abcdef is not verified'],
	])('leave "%s" as it is', (text) => {
		expect(withoutSecrets(text)).toBe(text);
	});

	it.each([
		['Authorization: Bearer abc123def456', 'Authorization: Bearer [hidden]'],
		['postgres://ann:s3cr3t@db:5432/d', 'postgres://ann:[hidden]@db:5432/d'],
		['redis://:s3cr3t@db', 'redis://:[hidden]@db'],
		['{"api_key":"a1b2c3d4e5"}', '{"api_key":"[hidden]"}'],
		['no key sk-abcd1234efgh here', 'no key [hidden] here'],
	])('say of "%s" only "%s"', (text, blanked) => {
		expect(withoutSecrets(text)).toBe(blanked);
	});

	it('know a short secret as a word of its own, and a long one by any part', () => {
		rememberSecrets(['tiger', 'a-long-secret-of-somebody'], ['ann']);
		expect(withoutSecrets('AUTH ann tiger, not tigers')).toBe('AUTH ann [hidden], not tigers');
		expect(withoutSecrets('ends in secret-of-somebody.')).toBe('ends in [hidden].');
	});

	it.each([
		['You can bring anything.', 'anything'],
		['Your order 12345 is ready.', '12345'],
		['Call +14155550123 or 4155550123.', '4155550123'],
		['See www.bright-dental.com/book', 'bright-dental-care1'],
		['Your appointment is at 4.', 'appointment'],
		['Nothing is not-needed here.', 'not-needed'],
	])('send "%s" on as it is, though the key of a local model is "%s"', (reply, key) => {
		rememberSecrets([key], []);
		expect(withoutKeys(reply)).toBe(reply);
	});

	it('send no key on, also where a part of it is quoted', () => {
		rememberSecrets(['sk-proj-9Qm2ZtLx4Vn8Builder'], []);
		expect(withoutKeys('It is sk-proj-9Qm2ZtLx4Vn8Builder, ok?')).toBe('It is [hidden], ok?');
		expect(withoutKeys('It ends in 9Qm2ZtLx4Vn8Builder.')).toBe('It ends in [hidden].');
	});

	it('keep what the credential itself says openly', () => {
		rememberSecrets(['postgres'], ['postgres']);
		expect(withoutSecrets('user "postgres"')).toBe('user "postgres"');
		rememberSecretsOf({ apiKey: 'gateway', baseUrl: 'http://gateway.local:11434/v1' });
		const reason = 'http://gateway.local:11434 did not answer';
		expect(withoutSecrets(reason)).toBe(reason);
	});
});

describe('the reason of an error', () => {
	it('comes with the way out where the error knows one', () => {
		const error = Object.assign(new Error('It is away.'), { fix: 'Start it.' });
		expect(reasonOf(error)).toBe('It is away.');
		expect(reasonWithFix(error)).toBe('It is away. Start it.');
		expect(reasonWithFix('thrown')).toBe('unknown error');
	});

	it('keeps of a cause its name, code and words, and nothing of the request', () => {
		const cause = Object.assign(new TypeError('no'), { code: 'E', config: { auth: 1 } });
		const kept = causeOf(new Error('outer', { cause }));
		expect(kept?.cause).toMatchObject({ name: 'TypeError', code: 'E', message: 'no' });
		expect(kept?.cause).not.toHaveProperty('config');
	});
});
