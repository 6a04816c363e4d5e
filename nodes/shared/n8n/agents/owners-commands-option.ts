import type { INodeProperties } from 'n8n-workflow';

/** What an owner's phone texts, in the builder's words. Their usual ones stand in owners/commands.ts. */
export const ownersCommandsOption: INodeProperties = {
	displayName: "Owner's Commands",
	name: 'ownersCommands',
	type: 'fixedCollection',
	default: {},
	description:
		"What an owner's phone texts to the agent's number. Words for a contact need no command, only the number of the hand-over in front: 2 I will call you.",
	options: [
		{
			displayName: 'Words',
			name: 'words',
			// eslint-disable-next-line n8n-nodes-base/node-param-fixed-collection-type-unsorted-items -- in the order in which they are used
			values: [
				{
					displayName: 'Take Over',
					name: 'take',
					type: 'string',
					default: 'take',
					description:
						'With the number of a hand-over, as in "take 2": the agent is silent there',
				},
				{
					displayName: 'Release',
					name: 'release',
					type: 'string',
					default: 'release',
					description:
						'With the number of a hand-over, as in "release 2": the agent answers there again',
				},
				{
					displayName: 'List',
					name: 'list',
					type: 'string',
					default: 'list',
					description: 'Which hand-overs are open',
				},
				{
					displayName: 'Pause All',
					name: 'pauseAll',
					type: 'string',
					default: 'pause all',
					description: 'No agent of the brand texts anybody',
				},
				{
					displayName: 'Resume All',
					name: 'resumeAll',
					type: 'string',
					default: 'resume all',
					description: 'The agents go on',
				},
			],
		},
	],
};
