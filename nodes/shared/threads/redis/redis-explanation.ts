export interface RedisExplanation {
	/** What is wrong, without a full stop. */
	cause: string;
	/** What the builder can do. */
	fix: string;
}

export const BUSY_FIX = 'Try again in a moment; nothing has to be changed.';
