import type { NodeHint } from 'n8n-workflow';
import { KEEP_IN } from '../shared/n8n/stores/thread-store-fields';
import { WAIT_AND_STATIC_DATA } from '../shared/n8n/stores/wait-hint';

/** Conversations from which This Workflow gets slow: all of them are written at every save. */
const MANY_THREADS = 1_000;

const ADVICE = `Choose <b>File on the Server</b>, Redis or Postgres under <b>${KEEP_IN}</b>.`;

/**
 * An expression in the editor sees no list of the workflow's nodes, only one whose name it knows:
 * so it finds a Wait by the names that n8n gives. One with another name is told of by Agent Reply
 * and Send SMS when they run.
 */
const LONG_WAIT = `["", 1, 2, 3, 4].some((number) => {
	try {
		const wait = $node["Wait" + number].parameter;
		if (wait.resume === "specificTime") return true;
		if (wait.resume !== "timeInterval") return wait.limitWaitTime === true;
		return !(wait.amount * ({ seconds: 1, minutes: 60 }[wait.unit] || 3600) < 65);
	} catch {
		return false;
	}
})`;

/** Where This Workflow is not the place for what the builder has set up. */
export const storeHints: NodeHint[] = [
	inStaticData(LONG_WAIT, WAIT_AND_STATIC_DATA),
	inStaticData(
		'$parameter["options"]["quietSeconds"] > 0',
		`With <b>Wait for More Texts</b>, This Workflow is saved when the wait is over: texts that wait are lost if n8n stops meanwhile. ${ADVICE}`,
	),
	inStaticData(
		`$parameter["options"]["maxThreads"] > ${MANY_THREADS}`,
		`This Workflow is meant for some hundred conversations: n8n writes all of them at every save. ${ADVICE}`,
	),
];

function inStaticData(condition: string, message: string): NodeHint {
	return {
		message,
		displayCondition: `={{ $parameter["threadStore"] === "staticData" && ${condition} }}`,
		type: 'warning',
		location: 'outputPane',
		whenToDisplay: 'always',
	};
}
