/** The agent that is there before the builder names one; its ID is made of it. */
export const DEFAULT_AGENT_NAME = 'Assistant';
