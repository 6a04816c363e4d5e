export type ListedRow = {
	thread_id: string;
	thread_no: string;
	state: string | null;
	kept: number;
	last_at: string | null;
	/** ISO 8601, UTC, with microseconds. */
	written: string;
};

/**
 * Last written first: $1 pattern of the id, $2 and $3 `written` and `thread_no` of the last row
 * of the page before or null, $4 how many, $5 since when or null. Planned anew each time, with the values at hand:
 * Postgres walks the order where many threads match, and the prefix where few do.
 */
export const listThreads = (schema: string) => `
	SELECT t.thread_id, t.thread_no, t.state, t.last_n - t.dropped AS kept, t.last_at,
		to_char(t.written_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS written
	FROM ${schema}.threads t
	WHERE t.written_at IS NOT NULL AND t.last_n > t.dropped AND t.thread_id LIKE $1
		AND ($2::timestamptz IS NULL OR (t.written_at, t.thread_no) < ($2::timestamptz, $3::bigint))
		AND t.written_at >= coalesce($5::timestamptz, '-infinity')
	ORDER BY t.written_at DESC, t.thread_no DESC
	LIMIT $4`;
