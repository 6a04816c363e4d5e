/**
 * The id of a message, of its thread and its number in the thread: the thread in the upper half, the
 * number in the lower. So a thread's messages lie together, and the tree above them holds nothing but
 * numbers; with a key of two columns (WITHOUT ROWID) its inner pages would hold whole messages, and
 * be many more. Bit operations, since Node.js binds every number as a floating one; no `?1`, which
 * Node.js before 22.20 and 24.7 does not bind by position.
 */
export const MESSAGE_ID = '(? << 32 | ?)';
/**
 * The messages of a thread from one number to another: thread, number, thread, number. No `LIMIT ?`:
 * SQLite would prepare that anew each time.
 */
export const MESSAGES_BETWEEN = `id BETWEEN ${MESSAGE_ID} AND ${MESSAGE_ID}`;
export const DROP_MESSAGES = `DELETE FROM messages WHERE ${MESSAGES_BETWEEN}`;
