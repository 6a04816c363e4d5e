/**
 * The key of everything that is done once. Each kind begins with a word of its own, up to the first
 * colon, so that no two kinds can ever share a key.
 */
export const claimKeys = {
	/** One run at a time answers the contact. Its record is the send that the run is at. */
	lease: (threadId: string) => `lease:${threadId}`,

	/** The contact is told once per turn that a person will answer. */
	handOver: (threadId: string, newestSid: string) => `handover:${threadId}:${newestSid}`,

	/** Of two sends whose answer was lost, one takes the message that Twilio lists. */
	listedMessage: (messageSid: string) => `message:${messageSid}`,

	/**
	 * One item of one execution is sent once, however often the node is tried. Several n8n instances
	 * may share one store, and count their executions alike.
	 */
	send: (at: { instanceId: string; executionId: string; nodeId: string; slot: string }) =>
		`send:${at.instanceId.slice(0, 12)}:${at.executionId}:${at.nodeId}:${at.slot}`,

	/** A node texts a contact once for what it is about, whichever execution comes to it first. */
	sendOncePer: (nodeId: string, threadId: string, digest: string) =>
		`send-once:${nodeId}:${threadId}:${digest}`,

	/** A call comes to each of its milestones once. */
	call: (callSid: string, milestone: string) => `call:${callSid}:${milestone}`,

	/** Missed calls of one contact within the window count as one. */
	missedCall: (threadId: string) => `missed:${threadId}`,
} as const;
