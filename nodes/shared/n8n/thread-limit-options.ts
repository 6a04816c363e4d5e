import type { INodeProperties } from 'n8n-workflow';

/** How much of the conversations is kept. By the alphabet, like the options around them. */
export const maxThreadsOption: INodeProperties = {
	displayName: 'Maximum Threads',
	name: 'maxThreads',
	type: 'number',
	typeOptions: { minValue: 1 },
	default: 500,
	description:
		'How many conversations are kept with the workflow. The ones that have been silent longest are forgotten first; an opt-out never is.',
};

export const messagesPerThreadOption: INodeProperties = {
	displayName: 'Messages per Thread',
	name: 'messagesPerThread',
	type: 'number',
	typeOptions: { minValue: 2 },
	default: 50,
	description: 'How many messages of a conversation are kept; the oldest are forgotten first',
};

export const maxAgeDaysOption: INodeProperties = {
	displayName: 'Thread Age (Days)',
	name: 'maxAgeDays',
	type: 'number',
	typeOptions: { minValue: 1 },
	default: 90,
	description: 'Conversations that have been silent for longer are forgotten',
};
