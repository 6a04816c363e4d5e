/**
 * Every hold, wait and window of a turn and a send, in milliseconds. What must be longer than what
 * is said by test/unit/threads/timing.test.ts.
 */

// A run and its contact

/** A run that dies gives its contact back to the next after this long; one that lives holds on. */
export const LEASE_HOLD_MS = 30_000;
/** How often a holder that lives says so. */
export const RENEW_MS = 10_000;
/** How often a waiting run asks whether the contact is free. */
export const LEASE_ASK_AGAIN_MS = 250;
/** A run waits that long for those before it: a model may be slow, and there may be several. */
export const LEASE_WAIT_MS = 5 * 60_000;
/** A run that was started this long ago and works on no reply has died, or stands in a very long queue. */
export const RUN_STARTS_WITHIN_MS = 60_000;
/** The replies of the last hour are counted. */
export const REPLIES_COUNT_FOR_MS = 3_600_000;
/**
 * How long a contact must have been quiet before the model is asked, by how many of their texts stand
 * unanswered; with more of them as with the most here.
 */
export const BURST_QUIET_MS = [0, 0, 0, 0, 2_000, 4_000, 8_000, 15_000] as const;

// A send

/** Long enough for a model to write; a holder that takes longer loses the claim and sends nothing. */
export const WRITE_HOLD_MS = 180_000;
/** From the last look at the thread: one try with Twilio's longest answer, and the wait before the next. */
export const SEND_HOLD_MS = 120_000;
/**
 * Nobody else speaks to the contact meanwhile: longer than a look at the thread and Twilio's longest
 * answer take together.
 */
export const SPEAKING_HOLD_MS = 45_000;
/** How often whoever waits to speak asks again. */
export const SPEAKING_ASK_AGAIN_MS = 250;
/**
 * What a claim says of a send is written anew when it is older as the send is tried: from then on it is
 * counted when the outcome is certain.
 */
export const NOTE_LASTS_MS = 10_000;
/**
 * After 429, when Twilio names no time itself. The most that is waited before the second try; it
 * doubles from try to try.
 */
export const FIRST_BACKOFF_MS = 1_000;
/** It doubles no further than this. */
export const LONGEST_BACKOFF_MS = 10_000;
/** When Twilio asks us to wait longer than this, the run gives up instead of blocking. */
export const LONGEST_RETRY_AFTER_MS = 30_000;
/**
 * Texts that wait behind others, as Twilio turns the account's requests away, give up when it has let
 * none through for this long: as long as one text alone could be tried.
 */
export const GATE_WAIT_MS = 150_000;
/** A text without an answer for this long holds up no other. */
export const SLOW_ANSWER_MS = 2_000;

/** So long after an opt-out one text may confirm it. */
export const CONFIRM_OPT_OUT_WITHIN_MS = 5 * 60_000;

// A send of which the answer was lost

/** Waits before each look at Twilio's list: a message shows there some seconds after it was taken. */
export const LIST_WAITS_MS = [2_000, 5_000, 10_000] as const;
/** Longer than all the looks at the list can take together. */
export const LIST_HOLD_MS = 120_000;
/** After that long a message that is not in the list never came to be. */
export const CERTAIN_AFTER_MS = 120_000;
/** Twilio's clock and ours differ; its dates have whole seconds. */
export const CLOCK_SKEW_MS = 60_000;
/** The thread shows whose a listed message is before this ends. */
export const ADOPTION_HOLD_MS = 30_000;

// A turn that came to no reply for now, and is begun again

/** After the first failed send. It doubles from time to time. */
export const FIRST_RETRY_MS = 30_000;
/** It doubles no further than this. */
export const LONGEST_RETRY_MS = 10 * 60_000;
/** When a model that failed is asked again, from the first failure on; after the last one a person is told. */
export const MODEL_RETRIES_MS = [60_000, 3 * 60_000, 10 * 60_000] as const;

// A request of Twilio's that is sent again

/** Twilio itself asks again within minutes. The milestones of a call are remembered for as long. */
export const REPLAYED_AFTER_MS = 86_400_000;
