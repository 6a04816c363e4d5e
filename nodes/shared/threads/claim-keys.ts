/**
 * The key of everything that is done once. Each kind begins with a word of its own, up to the first
 * colon, so that no two kinds can ever share a key.
 */
export const claimKeys = {
	/** One run at a time answers the contact. Its record is the send that the run is at. */
	lease: (threadId: string) => `lease:${threadId}`,

	/** One text of an agent or a person is on its way to the contact at a time. */
	speaking: (threadId: string) => `speaking:${threadId}`,

	/** Somebody writes a reply to the turn that another step will send. */
	composing: (threadId: string, newestSid: string) => `composing:${threadId}:${newestSid}`,

	/** The contact is told once per turn that a person will answer. */
	handOver: (threadId: string, newestSid: string) => `handover:${threadId}:${newestSid}`,

	/** An owner's phone is told once per turn that a person will answer. */
	ownerTold: (threadId: string, newestSid: string, phone: string) =>
		`owner-told:${threadId}:${newestSid}:${phone}`,

	/** What an owner's phone texts is obeyed once. */
	ownersText: (messageSid: string) => `owners-text:${messageSid}`,

	/** The words of an owner's text go on to the contact once. */
	ownersRelay: (messageSid: string) => `owners-relay:${messageSid}`,

	/** An owner's text is answered once. */
	ownersAnswer: (messageSid: string) => `owners-answer:${messageSid}`,

	/** One text at a time may be the first to a contact of a brand. Its record is that send. */
	firstText: (accountSid: string, brand: string, contact: string) =>
		`first-text:${accountSid}:${brand}:${contact}`,

	/** Of two sends whose answer was lost, one takes the message that Twilio lists. */
	listedMessage: (messageSid: string) => `message:${messageSid}`,

	/**
	 * One item of one execution is sent once to one contact, however often the node is tried. The
	 * number of the execution alone would not do: n8n counts from 1 again where its database is new
	 * or restored, while the store goes on. See send-memo.ts.
	 */
	send: (nodeId: string, threadId: string, execution: string) =>
		`send:${nodeId}:${threadId}:${execution}`,

	/** A node texts a contact once for what it is about, whichever execution comes to it first. */
	sendOncePer: (nodeId: string, threadId: string, digest: string) =>
		`send-once:${nodeId}:${threadId}:${digest}`,

	/** What an AI Agent of n8n's answers to a turn goes out once, whichever execution comes to it first. */
	answer: (nodeId: string, threadId: string, turn: string) =>
		`answer:${nodeId}:${threadId}:${turn}`,

	/** An opt-out is confirmed once, whichever node comes to it first. */
	optOutConfirmation: (threadId: string, since: string) => `opted-out:${threadId}:${since}`,

	/** A call comes to each of its milestones once. */
	call: (callSid: string, milestone: string) => `call:${callSid}:${milestone}`,

	/** One process looks for missed texts at a time. Its record says up to where all were found. */
	catchUp: (triggerKey: string) => `catch-up:${triggerKey}`,

	/** Its record says when a text last had to be refused, so that another process looks for it. */
	refused: (triggerKey: string) => `refused:${triggerKey}`,

	/** One run at a time finds out how far the queue has come. Its record is when it was asked, and came. */
	queueProbe: (trigger: string) => `queue-probe:${trigger}`,

	/**
	 * What is counted by the hour: calls of a node's model, texts that a model or the step sends, runs
	 * that calls start, texts to and for an owner's phone. With a contact, of that one alone.
	 */
	allowance: (what: 'model' | 'text' | 'call' | 'owner', node: string, contact = '') =>
		`allowance:${what}:${node}:${contact}`,

	/** One run at a time remembers what was said in a conversation that ended with this text of the contact. */
	ending: (threadId: string, messageSid: string) => `ending:${threadId}:${messageSid}`,

	/** A contact who is silent after this text of theirs is asked once whether they are still there. */
	idleText: (threadId: string, messageSid: string) => `idle:${threadId}:${messageSid}`,

	/** Missed calls of one contact within the window count as one. */
	missedCall: (threadId: string) => `missed:${threadId}`,
} as const;
