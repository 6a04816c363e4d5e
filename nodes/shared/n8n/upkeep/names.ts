/** Tasks of a trigger's upkeep, as `wakeUpkeep` and the log call them. */
export const SWEEP = 'conversations that wait';
export const ENDINGS = 'conversations that have ended';
export const CATCH_UP = 'missed texts';
export const AGENTS = 'agents in the store';
export const REGISTRATION = 'connection at Twilio';

/**
 * When to sweep after a text has come or a run has begun, in milliseconds: by then most have their reply,
 * and the others show that they are at work.
 */
export const LOOK_AFTER_MS = 30_000;

/** Of the item of a run that only finds out how far n8n's queue has come. */
export const PROBE = 'queueProbe';

/** In the JSON of an item on its way to a worker: the version of the package that began the run. */
export const STARTED_BY = 'startedByVersion';
