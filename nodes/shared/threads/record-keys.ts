import { createHash } from 'node:crypto';

/**
 * The key of every record. Each kind begins with a word of its own, up to the first colon; what
 * belongs to an account follows, so that a page of one kind and account has one prefix.
 */
export const recordKeys = {
	/** `brand` is empty for the agents without one. */
	contact: (accountSid: string, brand: string, contact: string) =>
		`contact:${accountSid}:${brand}:${contact}`,

	/** An opt-out that outlives the erasure of its contact, whose number nobody reads out of it. */
	erased: (accountSid: string, brand: string, contact: string) =>
		`erased:${accountSid}:${brand}:${createHash('sha256').update(`${accountSid}:${contact}`).digest('hex')}`,

	/** Which of the agents that share a sender of ours the contact was given to, by that sender. */
	givenAgents: (accountSid: string, brand: string, contact: string) =>
		`given:${accountSid}:${brand}:${contact}`,

	/** The texts that wait at Twilio for their time. */
	scheduled: (accountSid: string, brand: string, contact: string) =>
		`scheduled:${accountSid}:${brand}:${contact}`,

	agent: (accountSid: string, agentId: string) => `agent:${accountSid}:${agentId}`,

	/** Where to find agents whose ID is not made of their name. `nameKey` is of `nameKeyOf`. */
	agentName: (accountSid: string, nameKey: string) => `agentName:${accountSid}:${nameKey}`,

	brand: (accountSid: string, brand: string) => `brand:${accountSid}:${brand}`,

	/** What people have noted of a thread. */
	notes: (threadId: string) => `notes:${threadId}`,

	/** Somebody has closed the thread, and what was said in it is to be remembered. */
	closing: (threadId: string) => `closing:${threadId}`,

	/** What the agent did in a thread by its tools. */
	actions: (threadId: string) => `actions:${threadId}`,

	/** The numbers under which an owner's phone knows the contacts of an agent who need a person. */
	handOvers: (accountSid: string, agentId: string) => `handovers:${accountSid}:${agentId}`,

	/** How often an owner's phone gave a wrong PIN within the hour. */
	wrongPins: (accountSid: string, agentId: string, phone: string) =>
		`wrong-pins:${accountSid}:${agentId}:${phone}`,
} as const;
