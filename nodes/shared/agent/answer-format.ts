/** Asked for by words as well, because not every provider heeds a schema. */
export const ANSWER_FORMAT = `Answer with one JSON object and nothing around it:
{"kind": "reply", "reply": "<the words of the text>", "reason": null} to reply,
{"kind": "needsHuman", "reply": null, "reason": "<why>"} to hand over to a person,
{"kind": "noReply", "reply": null, "reason": "<why>"} to stay silent.`;

/** The same form as JSON Schema, in the subset that strict structured output accepts. */
export const ANSWER_SCHEMA = {
	type: 'object',
	properties: {
		kind: {
			type: 'string',
			enum: ['reply', 'needsHuman', 'noReply'],
			description: "What to do about the contact's newest texts",
		},
		reply: {
			type: ['string', 'null'],
			description: 'The words of the text to the contact; null unless kind is reply',
		},
		reason: {
			type: ['string', 'null'],
			description: 'Why a person is needed, or why no reply is; null when kind is reply',
		},
	},
	required: ['kind', 'reply', 'reason'],
	additionalProperties: false,
} as const;
