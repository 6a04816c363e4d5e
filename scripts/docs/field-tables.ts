import type {
	IDisplayOptions,
	INodeCredentialDescription,
	INodeProperties,
	INodePropertyCollection,
	INodePropertyOptions,
} from 'n8n-workflow';

// Turns the fields of a node or a credential, as the editor shows them, into tables for a reader.

type Credential = { displayName: string; link: string };

/** What n8n knows of a node, as far as a reader wants it. */
export interface DescribedNode {
	properties: INodeProperties[];
	credentials?: INodeCredentialDescription[];
	outputNames?: string[];
}

/** n8n's own condition: whether the node is a tool of an AI Agent here. */
const AS_TOOL = '@tool';

/** The credentials, the outputs and all the fields of a node; headings of the third level. */
export function nodeTables(
	{ properties, credentials = [], outputNames = [] }: DescribedNode,
	credentialOf: (name: string) => Credential,
): string {
	const steps = properties.filter(({ displayOptions }) => !isForTools(displayOptions));
	const tools = properties.filter(({ displayOptions }) => isForTools(displayOptions));
	const needed = credentials.map(({ name, displayOptions }) => {
		const { displayName, link } = credentialOf(name);
		return `- [${displayName}](${link})${suffixed(conditionOf(displayOptions, properties))}`;
	});
	return blocks([
		...(needed.length > 0 ? ['### Credentials', needed.join('\n')] : []),
		...(outputNames.length > 0
			? ['### Outputs', `In this order: ${listed(outputNames)}.`]
			: []),
		'### Fields',
		fieldTables(steps, properties),
		...(tools.length > 0 ? ['### Fields as a tool', fieldTables(tools, properties)] : []),
	]);
}

/** The fields of a credential, in one table. */
export function credentialTable(properties: INodeProperties[]): string {
	return fieldTables(properties, properties);
}

/** A table of the fields, then one for each collection among them, under a heading with its label. */
function fieldTables(
	fields: INodeProperties[],
	all: INodeProperties[],
	columns: [string, string] = ['Field', 'Default'],
): string {
	const told = fields.filter(({ type }) => type !== 'notice' && type !== 'hidden');
	const rows = told.filter(({ type }) => type !== 'collection');
	const [name, value] = columns;
	const table = [
		`| ${name} | What it does | ${value} |`,
		'|---|---|---|',
		...rows.map((field) => row([labelOf(field), whatItDoes(field, all), defaultOf(field)])),
	];
	return blocks([
		...(rows.length > 0 ? [table.join('\n')] : []),
		// The same list may stand in a node twice, for two of its resources.
		...new Set(told.flatMap((field) => groupTables(field, all))),
	]);
}

function groupTables(field: INodeProperties, all: INodeProperties[]): string[] {
	if (field.type === 'collection') {
		const options = optionsOf(field).filter(isField);
		const around = all.filter((one) => goesWith(one, field.displayOptions?.show ?? {}));
		return [
			blocks([
				`### ${field.displayName}`,
				sentence(capital(conditionOf(field.displayOptions, all))),
				fieldTables(options, [...options, ...around], ['Option', 'When you add it']),
			]),
		];
	}
	if (field.type !== 'fixedCollection') return [];
	return optionsOf(field)
		.filter(isGroup)
		.map(({ displayName, values }) =>
			blocks([
				`### ${field.displayName}`,
				`Each ${displayName.toLowerCase()} has:`,
				fieldTables(values, [...values, ...all]),
			]),
		);
}

function labelOf({ displayName, required }: INodeProperties): string {
	return `**${displayName}**${required ? ' (required)' : ''}`;
}

/** When it is shown, what it is for, its choices, its limits, and what an empty one means. */
function whatItDoes(field: INodeProperties, all: INodeProperties[]): string {
	const { description = '', hint = '', placeholder = '', displayOptions } = field;
	const condition = conditionOf(displayOptions, all);
	const choices =
		field.type === 'options'
			? optionsOf(field)
					.filter(isChoice)
					.map(
						(choice) =>
							`<br>*${choice.name}*${isForSteps(choice.displayOptions) ? ' (not as a tool)' : ''}${choice.description ? `: ${sentence(choice.description)}` : ''}`,
					)
			: [];
	return [
		condition && `${capital(condition)}:`,
		sentence(plain(description)),
		sentence(plain(hint)),
		rangeOf(field),
		isOneField(field) && placeholderOf(placeholder),
		...choices,
	]
		.filter(Boolean)
		.join(' ')
		.replaceAll(' <br>', '<br>')
		.replace(/^<br>/, '')
		.replace(/:$/, '.');
}

function rangeOf({ typeOptions: { minValue, maxValue } = {} }: INodeProperties): string {
	if (minValue !== undefined && maxValue !== undefined) return `From ${minValue} to ${maxValue}.`;
	if (minValue !== undefined && minValue > 0) return `At least ${minValue}.`;
	return maxValue === undefined ? '' : `At most ${maxValue}.`;
}

function placeholderOf(placeholder: string): string {
	// Placeholders such as "AC..." show a shape that the description tells.
	if (placeholder === '' || /(^-----|\.\.\.$)/.test(placeholder)) return '';
	if (/^Leave empty/.test(placeholder)) return sentence(placeholder);
	return `For example: \`${placeholder.replace(/^e\.g\. /, '')}\``;
}

function defaultOf(field: INodeProperties): string {
	const value: unknown = field.default;
	if (value === '') return field.type === 'string' ? 'empty' : 'none';
	if (field.type === 'options') {
		const choice = optionsOf(field)
			.filter(isChoice)
			.find((one) => one.value === value);
		return choice?.name ?? '';
	}
	if (typeof value === 'boolean') return value ? 'on' : 'off';
	if (typeof value === 'number') return String(value);
	if (typeof value === 'string') return textDefault(value);
	if (typeof value !== 'object' || value === null) return '';
	if ('value' in value) return value.value === '' ? 'empty' : String(value.value);
	return Object.values(value).flatMap(entriesOf).join('; ') || 'none';
}

function textDefault(value: string): string {
	if (value.includes('$fromAI')) return 'filled in by the model';
	return /^[[{=]/.test(value) ? `\`${value.replaceAll(/\s+/g, ' ')}\`` : value;
}

/** The entries that a list has from the start: `one: Assistant`. */
function entriesOf(entries: unknown): string[] {
	if (!Array.isArray(entries)) return [];
	return entries.map((entry: object) => `one: ${Object.values(entry).join(', ')}`);
}

/**
 * In words, when n8n shows a field: "with *Receive Texts On* set to *Chosen Phone Numbers*". n8n
 * hides one where any of its reasons holds.
 */
function conditionOf(display: IDisplayOptions | undefined, all: INodeProperties[]): string {
	const { show = {}, hide = {} } = display ?? {};
	const told = (values: typeof show) =>
		Object.entries(values)
			.filter(([path]) => path !== AS_TOOL)
			.map(([path, its]) => {
				const field = fieldAt(path, all, values);
				return `*${field?.displayName ?? path}* ${choiceNames(field, its ?? [])}`;
			});
	const [shown, hidden] = [told(show), told(hide)];
	return [
		...(shown.length > 0 ? [`with ${shown.join(' and ')}`] : []),
		...(hidden.length > 0 ? [`not with ${hidden.join(' or ')}`] : []),
	].join(' and ');
}

type Conditions = NonNullable<IDisplayOptions['show']>;

/** `mode`, `/mode` or `/options.ringNobody`; of several of one name, the one that these conditions go with. */
function fieldAt(
	path: string,
	all: INodeProperties[],
	conditions: Conditions,
): INodeProperties | undefined {
	const [name, option] = path.replace(/^\//, '').split('.');
	const named = all.filter((one) => one.name === name);
	const field = named.find((one) => goesWith(one, conditions)) ?? named[0];
	if (field === undefined || option === undefined) return field;
	return fieldAt(option, optionsOf(field).filter(isField), conditions);
}

/** Whether both can be shown at once. */
function goesWith({ displayOptions }: INodeProperties, conditions: Conditions): boolean {
	return Object.entries(displayOptions?.show ?? {}).every(([path, its = []]) => {
		const others = conditions[path];
		return others === undefined || others.some((value) => its.includes(value));
	});
}

function choiceNames(field: INodeProperties | undefined, values: unknown[]): string {
	if (values.length === 1 && typeof values[0] === 'boolean') return values[0] ? 'on' : 'off';
	const choices = field ? optionsOf(field).filter(isChoice) : [];
	const names = values.map(
		(value) => choices.find((one) => one.value === value)?.name ?? String(value),
	);
	return `set to ${names.map((name) => `*${name}*`).join(' or ')}`;
}

function isForSteps(display: IDisplayOptions | undefined): boolean {
	return display?.show?.[AS_TOOL]?.includes(true) === false;
}

function isForTools(display: IDisplayOptions | undefined): boolean {
	return display?.show?.[AS_TOOL]?.includes(true) ?? false;
}

type AnyOption = INodePropertyOptions | INodeProperties | INodePropertyCollection;

const optionsOf = ({ options = [] }: INodeProperties): AnyOption[] => options;
/** The others hold fields of their own, and their placeholder is the label of a button. */
const isOneField = ({ type }: INodeProperties) => !/collection/i.test(type);
const isField = (option: AnyOption): option is INodeProperties => 'type' in option;
const isGroup = (option: AnyOption): option is INodePropertyCollection => 'values' in option;
const isChoice = (option: AnyOption): option is INodePropertyOptions =>
	'value' in option && !isField(option);

const row = (cells: string[]) =>
	`| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;

/** Descriptions may hold links and bold words in HTML. */
const plain = (text: string) => text.replaceAll(/<[^>]+>/g, '');
const sentence = (text: string) => (text === '' || /[.:?!]$/.test(text) ? text : `${text}.`);
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
const suffixed = (text: string) => (text === '' ? '' : `, ${text}`);
const listed = (names: string[]) => names.map((name) => `*${name}*`).join(', ');
const blocks = (parts: string[]) => parts.filter(Boolean).join('\n\n');
