import type {
	IHookFunctions,
	INodeProperties,
	ITriggerFunctions,
	IWebhookFunctions,
} from 'n8n-workflow';

/** Whatever n8n calls a trigger with: its fields are read from it. */
export type TriggerContext = IHookFunctions | ITriggerFunctions | IWebhookFunctions;

type Field = Pick<INodeProperties, 'name' | 'default'>;

/** What the builder set in a trigger's field; else its default, which stands nowhere but in it. */
export function valueOf(context: TriggerContext, { name, default: unset }: Field): unknown {
	return context.getNodeParameter(name, unset);
}

export function textOf(context: TriggerContext, field: Field): string {
	const value = valueOf(context, field);
	const text = typeof value === 'string' ? value : field.default;
	return typeof text === 'string' ? text : '';
}

/** A field that n8n shows under Options, of which it fills in no default itself. */
export function option(field: Field): Field {
	return { ...field, name: `options.${field.name}` };
}
