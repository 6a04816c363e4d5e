/**
 * Tables and indexes. `schema` is quoted already.
 *
 * A thread's messages are numbered 1, 2, 3 … by the thread's own row, whose lock gives the order;
 * it keeps those from `dropped + 1` to `last_n`, so counting them needs no look at the messages.
 * Of the dropped ones up to seven are still there: they are deleted eight at a time.
 * `thread_no` only makes the keys of messages short. It has no index: each write of a thread would
 * add to it, on a page of its own.
 * `written_at` is when the thread was last written to, and what its age is counted from: null for
 * an opt-out without messages, which no age ends.
 */
export const tables = (schema: string) => `
CREATE TABLE ${schema}.threads (
	thread_id text COLLATE "C" PRIMARY KEY,
	thread_no bigint GENERATED ALWAYS AS IDENTITY,
	last_n integer NOT NULL DEFAULT 0,
	dropped integer NOT NULL DEFAULT 0,
	last_at text,
	written_at timestamptz,
	opted_out boolean NOT NULL DEFAULT false,
	state text
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX threads_by_written ON ${schema}.threads (written_at, thread_no)
	WHERE written_at IS NOT NULL;

CREATE TABLE ${schema}.messages (
	thread_no bigint NOT NULL,
	n integer NOT NULL,
	sid text COLLATE "C" NOT NULL,
	message text NOT NULL,
	PRIMARY KEY (thread_no, n),
	UNIQUE (thread_no, sid)
) WITH (autovacuum_vacuum_scale_factor = 0.05);

CREATE TABLE ${schema}.claims (
	key text COLLATE "C" PRIMARY KEY,
	token text NOT NULL,
	takes integer NOT NULL DEFAULT 1,
	record text NOT NULL DEFAULT '{}',
	settled boolean NOT NULL DEFAULT false,
	held_until timestamptz NOT NULL,
	forget_at timestamptz NOT NULL
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX claims_by_forget_at ON ${schema}.claims (forget_at);
`;
