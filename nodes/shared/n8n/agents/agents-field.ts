import type { INodeProperties, INodePropertyCollection } from 'n8n-workflow';

/** The agents, one of which is there from the start: the node works without a click here. */
export const agentsField: INodeProperties = {
	displayName: 'Agents',
	name: 'agents',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true, multipleValueButtonText: 'Add Agent' },
	placeholder: 'Add Agent',
	default: { agent: [{ name: 'Assistant' }] },
	description:
		'Who answers. One agent is enough; add more to give phone numbers agents of their own. With One Output per Agent, add new agents at the end, because outputs keep their position.',
	options: [
		{
			displayName: 'Agent',
			name: 'agent',
			// eslint-disable-next-line n8n-nodes-base/node-param-fixed-collection-type-unsorted-items -- in the order people fill them in; the alphabet would begin with numbers, which few need
			values: [
				{
					displayName: 'Name',
					name: 'name',
					type: 'string',
					default: '',
					placeholder: 'e.g. Front Desk',
					description: 'What you call this agent',
				},
				{
					displayName: 'SMS Prompt',
					name: 'smsPrompt',
					type: 'string',
					typeOptions: { rows: 6 },
					default: '',
					placeholder:
						'e.g. You are the front desk of Bright Dental. Answer questions about opening hours (Mon-Fri 9-17) and offer to book a visit.',
					description:
						'Who the agent is, what it knows and how it should answer. Agent Reply and Send SMS use it, so it is written once.',
				},
				{
					displayName: 'Only for These Numbers',
					name: 'numbers',
					type: 'string',
					default: '',
					placeholder: 'e.g. +14155550123, +14155550124',
					description:
						'The phone numbers this agent answers, with country code and separated by commas. A Messaging Service SID (MG...) stands for all its numbers. Leave it empty for the one agent that takes all other texts.',
				},
				{
					displayName: 'Share of New Contacts',
					name: 'share',
					type: 'number',
					typeOptions: { minValue: 0, maxValue: 1000 },
					default: 0,
					description:
						'For several agents with the same numbers, or all without: how many of the new contacts this one gets beside the others. With 3 here and 1 in another agent it gets three of four. A contact stays with the agent it was given. 0: it shares with nobody.',
				},
				{
					displayName: 'May Pass To',
					name: 'mayPassTo',
					type: 'string',
					default: '',
					placeholder: 'e.g. Billing, Sales',
					description:
						'Names of other agents here to which this one may pass a contact on in the middle of a conversation. Say in its SMS Prompt when. The other one answers that text and the next ones, in the same conversation; without numbers of its own it takes no other texts.',
				},
				{
					displayName: 'Tasks',
					name: 'tasks',
					type: 'fixedCollection',
					typeOptions: { multipleValues: true, multipleValueButtonText: 'Add Task' },
					default: {},
					description:
						'What the agent is to see through with a contact, such as booking a visit. Send SMS begins one by its name (option Task), and the agent stays on it until it is done.',
					options: [
						{
							displayName: 'Task',
							name: 'task',
							values: [
								{
									displayName: 'Name',
									name: 'name',
									type: 'string',
									default: '',
									placeholder: 'e.g. Confirm the visit',
									description: 'By which Send SMS finds it',
								},
								{
									displayName: 'Instructions',
									name: 'instructions',
									type: 'string',
									typeOptions: { rows: 4 },
									default: '',
									placeholder:
										'e.g. Ask whether they come tomorrow. If not, offer another day. Done when they have confirmed or cancelled.',
									description:
										'What the agent is to do, beside its SMS Prompt, and when that is done',
								},
								{
									displayName: 'Opening Text',
									name: 'opening',
									type: 'string',
									typeOptions: { rows: 2 },
									default: '',
									placeholder: 'e.g. Will you come to your visit tomorrow?',
									description:
										'What Send SMS texts to begin it, where nothing else is written there',
								},
							],
						},
					],
				},
				{
					displayName: 'When a Text Comes In',
					name: 'onText',
					type: 'options',
					default: 'reply',
					options: [
						{
							name: 'Reply',
							value: 'reply',
							description: 'Start this workflow',
						},
						{
							name: 'Tell Another App',
							value: 'notify',
							description:
								'Do not start this workflow; tell another app. It costs no execution.',
						},
						{
							name: 'Both',
							value: 'both',
							description: 'Start this workflow and tell another app',
						},
					],
				},
				{
					displayName: 'Webhook URL',
					name: 'webhookUrl',
					type: 'string',
					default: '',
					placeholder: 'https://example.com/sms',
					displayOptions: { show: { onText: ['notify', 'both'] } },
					description:
						'Gets each text as JSON, signed with the Notify Signing Secret of the credential. Tried three times; a text that could not be delivered comes out at Notify Failed.',
				},
				{
					displayName: "Owner's Phones",
					name: 'ownersPhones',
					type: 'string',
					default: '',
					placeholder: 'e.g. +14155550188',
					description:
						'Phones of people who are texted when a person is needed, and who answer the contact, take over and release by text. With country code, separated by commas.',
				},
				{
					displayName: "Owner's PIN",
					name: 'ownersPin',
					type: 'string',
					typeOptions: { password: true },
					default: '',
					displayOptions: { hide: { ownersPhones: [''] } },
					description:
						'When set, everything an owner\'s phone texts has to begin with it, for example "4711 2 I will call you": a sender can be faked in some networks. 4 to 20 letters and digits.',
				},
				{
					displayName: 'First Text Says',
					name: 'firstText',
					type: 'string',
					typeOptions: { rows: 2 },
					default: '',
					placeholder:
						"e.g. I'm an AI assistant of Bright Dental. Reply STOP to opt out.",
					description:
						'Added in exactly these words to the first text that a contact gets from an agent of this brand, once, on a line of its own. It comes on top of Maximum Segments.',
				},
				{
					displayName: 'Brand',
					name: 'brand',
					type: 'string',
					default: '',
					placeholder: 'e.g. Bright Dental',
					description:
						'Whose name the agent texts in. Who says STOP to one agent of a brand gets no text of any agent of that brand. Leave it empty, and all agents without a brand of your Twilio account count as one.',
				},
				{
					displayName: 'Permanent Name',
					name: 'id',
					type: 'string',
					default: '',
					placeholder: 'e.g. front-desk',
					description:
						'What conversations are kept under, also when you rename the agent: set it before you do. When empty, it is made from the name. Up to 20 lower-case letters, digits and hyphens; of a longer name it has the beginning and a short code.',
				},
			],
		},
	],
};

const OF_TEXTS_ONLY = ['mayPassTo', 'tasks', 'onText', 'webhookUrl', 'ownersPin'];

/** The same agents as of texts, without what only a text can do. */
export const callAgentsField: INodeProperties = {
	...agentsField,
	description:
		'Who texts the caller. Give an agent the same name and numbers as in your Incoming SMS Trigger, and what the caller answers joins the same conversation.',
	options: (agentsField.options as INodePropertyCollection[]).map((collection) => ({
		...collection,
		values: collection.values.filter(({ name }) => !OF_TEXTS_ONLY.includes(name)),
	})),
};
