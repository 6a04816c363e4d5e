import { hash } from 'node:crypto';

/** Characters of a mark: nine bytes, so that no two SIDs of a thread ever share one. */
const MARK_LENGTH = 12;

/** The mark of a SID. Marks one after the other, oldest first, tell which SIDs a thread has or had. */
export function sidMark(sid: string): string {
	return hash('sha256', sid, 'base64').slice(0, MARK_LENGTH);
}

/** The last `count` of such marks, 1 or more. */
export function newestMarks(marks: string, count: number): string {
	return marks.slice(-count * MARK_LENGTH);
}
