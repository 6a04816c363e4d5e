import { toJSONSchema, type $ZodType } from 'zod/v4/core';
import { zodToJsonSchema } from 'zod-to-json-schema';
import type { ZodType } from 'zod';

const ANYTHING = { type: 'object', properties: {} };

/**
 * The JSON Schema of a tool's arguments, out of what its node gives: a schema of Zod 3 or 4, whichever
 * copy of Zod made it, or JSON Schema.
 */
export function jsonSchemaOf(schema: unknown): Record<string, unknown> {
	if (typeof schema !== 'object' || schema === null) return ANYTHING;
	const made =
		'_zod' in schema
			? toJSONSchema(schema as $ZodType, { unrepresentable: 'any', target: 'draft-7' })
			: '_def' in schema
				? zodToJsonSchema(schema as ZodType, { $refStrategy: 'none' })
				: schema;
	const rest = { ...(made as Record<string, unknown>) };
	delete rest['$schema'];
	// Providers take an object only.
	return rest['type'] === 'object' ? { properties: {}, ...rest } : ANYTHING;
}
