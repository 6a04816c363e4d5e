/**
 * Of the message that is number ?2 in thread ?1: the thread in the upper half, the number in the
 * lower. So a thread's messages lie together, and the tree above them holds nothing but numbers;
 * with a key of two columns (WITHOUT ROWID) its inner pages would hold whole messages, and be many
 * more. Bit operations, since Node.js binds every number as a floating one.
 */
export const MESSAGE_ID = '(?1 << 32 | ?2)';
/** The messages of thread ?1 from number ?2 to number ?3. No `LIMIT ?`: SQLite prepares that anew each time. */
export const MESSAGES_BETWEEN = 'id BETWEEN (?1 << 32 | ?2) AND (?1 << 32 | ?3)';
/** Drops the messages of thread ?1 up to number ?2. */
export const DROP_MESSAGES = 'DELETE FROM messages WHERE id BETWEEN (?1 << 32) AND (?1 << 32 | ?2)';
