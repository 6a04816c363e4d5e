/** Tasks of a trigger's upkeep, as `wakeUpkeep` and the log call them. */
export const SWEEP = 'conversations that wait';
export const CATCH_UP = 'missed texts';
export const REGISTRATION = 'connection at Twilio';

/** Of the item of a run that only finds out how far n8n's queue has come. */
export const PROBE = 'queueProbe';
