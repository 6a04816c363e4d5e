import type { NodeHint } from 'n8n-workflow';

/**
 * An expression in the editor sees no list of the workflow's nodes, only one whose name it knows:
 * so it finds an Incoming SMS Trigger by the names that n8n gives.
 */
const ANSWERED_HERE = `["", 1, 2, 3, 4].some((number) => {
	try {
		return Boolean($node["Incoming SMS Trigger" + number].parameter);
	} catch {
		return false;
	}
})`;

/** What callers text back may come to another workflow, which sees nothing of This Workflow. */
export const answersHints: NodeHint[] = [
	{
		message:
			'If another workflow answers what callers text back, it does not see the conversations of <b>This Workflow</b>. Choose the same <b>File on the Server</b>, Redis or Postgres under <b>Keep Conversations In</b> of both, or put the Incoming SMS Trigger into this workflow.',
		displayCondition: `={{ $parameter["threadStore"] === "staticData" && !${ANSWERED_HERE} }}`,
		type: 'info',
		location: 'outputPane',
		whenToDisplay: 'always',
	},
];
