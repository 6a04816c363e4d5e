import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import type { ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const FOLDER =
	process.env['TWILIO_OAI_DIR'] ??
	join(__dirname, '..', '..', '..', '..', 'shared', 'twilio-oai');

/** Null when Twilio's OpenAPI files are not on this machine. */
export function openApiFolder(): string | null {
	return existsSync(join(FOLDER, 'twilio_api_v2010.json')) ? FOLDER : null;
}

/** Properties that Twilio's own examples show as "", against the pattern of a SID. */
const MAY_BE_EMPTY = ['sms_application_sid', 'voice_application_sid'];

/** Parts of a Lookup that Twilio's own examples show as null where they were not asked for. */
const MAY_BE_NULL = [
	'validation_errors',
	'caller_name',
	'sim_swap',
	'call_forwarding',
	'line_type_intelligence',
	'line_status',
	'identity_match',
	'reassigned_number',
	'sms_pumping_risk',
	'mobile_country_code',
	'mobile_network_code',
	'error_code',
];

/** Validates answers against one of Twilio's OpenAPI files, more strictly than it asks. */
export class OpenApiValidator {
	private readonly document: Json;
	private readonly ajv: Ajv;
	private readonly compiled = new Map<string, ValidateFunction>();

	constructor(
		folder: string,
		private readonly file: string,
	) {
		this.document = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Json;
		this.ajv = new Ajv({ strict: false, allErrors: true });
		addFormats(this.ajv);
		this.ajv.addFormat(
			'date-time-rfc-2822',
			/^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} \+0000$/,
		);
		this.ajv.addFormat('date-time', /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/);
		this.ajv.addFormat('phone-number', /^(\+[1-9]\d{1,14}|\d{3,6})$/);
		this.ajv.addFormat('currency', /^[A-Z]{3}$/i);
		for (const name of ['uri-map', 'http-method', 'phone-number-capabilities']) {
			this.ajv.addFormat(name, true);
		}
		// v2010 addresses are relative, and a webhook that is not set may be an empty string.
		this.ajv.addFormat(
			'uri',
			(text) => text === '' || URL.canParse(text, 'https://api.twilio.com'),
		);
	}

	/** What is wrong with the answer: empty when all is well. */
	errors(path: string, method: string, status: number, body: unknown): string[] {
		const pointer = [
			'paths',
			path,
			method,
			'responses',
			String(status),
			'content',
			'application/json',
			'schema',
		];
		const schema = pointer.reduce<Json | undefined>(child, this.document);
		if (schema === undefined)
			return [`${method} ${path} does not document ${status} with a JSON body`];
		const key = pointer.join(' ');
		const validate = this.compiled.get(key) ?? this.ajv.compile(this.strict(schema) as object);
		this.compiled.set(key, validate);
		validate(body);
		return (validate.errors ?? []).map(
			({ instancePath, message, params }) =>
				`${instancePath} ${message} ${JSON.stringify(params)}`,
		);
	}

	/**
	 * JSON Schema out of OpenAPI 3.0: references resolved, `nullable` turned into a type, and every
	 * object closed, with all its properties required.
	 */
	private strict(schema: Json, name = ''): Json {
		if (Array.isArray(schema)) return schema.map((item) => this.strict(item));
		if (typeof schema !== 'object' || schema === null) return schema;
		const reference = schema['$ref'];
		if (typeof reference === 'string') {
			const target = reference
				.slice(2)
				.split('/')
				.reduce<Json | undefined>(child, this.document);
			return this.strict(target ?? {}, name);
		}
		const { nullable, properties, items, ...rest } = schema;
		const made: { [name: string]: Json } = { ...rest };
		if (items !== undefined) made['items'] = this.strict(items);
		if (typeof properties === 'object' && properties !== null && !Array.isArray(properties)) {
			made['properties'] = Object.fromEntries(
				Object.entries(properties).map(([key, value]) => [key, this.strict(value, key)]),
			);
			made['required'] = Object.keys(properties);
			made['additionalProperties'] = false;
		}
		const choices: Json[] = [made];
		const isLookup = this.file === 'twilio_lookups_v2.json';
		if (nullable === true || (isLookup && MAY_BE_NULL.includes(name))) {
			choices.push({ type: 'null' });
		}
		if (MAY_BE_EMPTY.includes(name)) choices.push({ const: '' });
		return choices.length === 1 ? made : { anyOf: choices };
	}
}

function child(parent: Json | undefined, key: string): Json | undefined {
	if (typeof parent !== 'object' || parent === null || Array.isArray(parent)) return undefined;
	return parent[key];
}
