-- Version 1 of the schema. What was released is never changed: what is new goes into a file of its own.
-- The name sms_agent stands for the schema that the credential names.
--
-- Every function is made with the same settings: names mean what they meant when it was written, a
-- plan made while the tables were small does not stay a full scan when they have grown, and waiting
-- for a row ends on the server before the client gives up.

-- A thread's messages are numbered 1, 2, 3 and so on by the thread's own row, whose lock gives the
-- order. It keeps those from dropped + 1 to last_n, so counting them needs no look at the messages.
-- Of the dropped ones the last 256 to 263 are still there, without their words: so their SIDs are known.
-- thread_no only makes the keys of messages short. It has no index: each write of a thread would
-- add to it, on a page of its own.
-- written_at is when the thread was last written to, and what its age is counted from; null only until
-- the row that append_messages has made gets its first message.
CREATE TABLE sms_agent.threads (
	thread_id text COLLATE "C" PRIMARY KEY,
	thread_no bigint GENERATED ALWAYS AS IDENTITY,
	last_n integer NOT NULL DEFAULT 0,
	dropped integer NOT NULL DEFAULT 0,
	last_at text,
	written_at timestamptz,
	state text
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX threads_by_written ON sms_agent.threads (written_at, thread_no)
	WHERE written_at IS NOT NULL;

CREATE TABLE sms_agent.messages (
	thread_no bigint NOT NULL,
	n integer NOT NULL,
	sid text COLLATE "C" NOT NULL,
	message text NOT NULL,
	PRIMARY KEY (thread_no, n),
	UNIQUE (thread_no, sid)
) WITH (autovacuum_vacuum_scale_factor = 0.05);

CREATE TABLE sms_agent.claims (
	key text COLLATE "C" PRIMARY KEY,
	token text NOT NULL,
	takes integer NOT NULL DEFAULT 1,
	record text NOT NULL DEFAULT '{}',
	settled boolean NOT NULL DEFAULT false,
	held_until timestamptz NOT NULL,
	-- When the hold began. In the future it was before the server's clock was set back: then it is over.
	held_since timestamptz NOT NULL DEFAULT clock_timestamp(),
	forget_at timestamptz NOT NULL
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX claims_by_forget_at ON sms_agent.claims (forget_at);

-- What is kept for good, whatever becomes of threads. The order of the keys is that of their bytes.
CREATE TABLE sms_agent.records (
	key text COLLATE "C" PRIMARY KEY,
	value text NOT NULL
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);

-- Appends and reads in one call. newest is JSON, oldest first: [[sid, message], ...].
CREATE FUNCTION sms_agent.append_messages(
	p_thread_id text, p_sids text[], p_messages text[], p_ats text[],
	p_limit integer, p_keep integer, OUT new_sids text[],
	OUT newest text, OUT thread_state text, OUT kept integer, OUT dropped_count integer
)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET lock_timeout = '4s'
AS $function$
DECLARE
	v_thread sms_agent.threads;
	v_emptied integer;
	v_to_empty integer;
BEGIN
	LOOP
		SELECT t.* INTO v_thread FROM sms_agent.threads t
			WHERE t.thread_id = p_thread_id FOR UPDATE;
		EXIT WHEN FOUND;
		INSERT INTO sms_agent.threads AS t (thread_id) VALUES (p_thread_id)
			ON CONFLICT (thread_id) DO NOTHING RETURNING t.* INTO v_thread;
		EXIT WHEN FOUND;
	END LOOP;
	-- A sequence that a restore has set back would give a new thread another's messages.
	WHILE v_thread.last_n = 0 AND EXISTS (
		SELECT FROM sms_agent.messages m WHERE m.thread_no = v_thread.thread_no
	) LOOP
		UPDATE sms_agent.threads t SET thread_no = DEFAULT
			WHERE t.thread_id = p_thread_id RETURNING t.* INTO v_thread;
	END LOOP;

	new_sids := '{}';
	FOR i IN 1 .. cardinality(p_sids) LOOP
		INSERT INTO sms_agent.messages (thread_no, n, sid, message)
			VALUES (v_thread.thread_no, v_thread.last_n + 1, p_sids[i], p_messages[i])
			ON CONFLICT (thread_no, sid) DO NOTHING;
		CONTINUE WHEN NOT FOUND;
		v_thread.last_n := v_thread.last_n + 1;
		v_thread.last_at := p_ats[i];
		new_sids := new_sids || p_sids[i];
	END LOOP;

	IF cardinality(new_sids) > 0 THEN
		-- Emptied and deleted eight at a time: the oldest often lie on a page that nothing else needs.
		IF v_thread.last_n - v_thread.dropped > p_keep THEN
			v_emptied := v_thread.dropped - v_thread.dropped % 8;
			v_thread.dropped := v_thread.last_n - p_keep;
			v_to_empty := v_thread.dropped - v_thread.dropped % 8;
			IF v_to_empty > v_emptied THEN
				UPDATE sms_agent.messages m SET message = ''
					WHERE m.thread_no = v_thread.thread_no
					AND m.n > v_emptied AND m.n <= v_to_empty;
				DELETE FROM sms_agent.messages m
					WHERE m.thread_no = v_thread.thread_no
					AND m.n > v_emptied - 256 AND m.n <= v_to_empty - 256;
			END IF;
		END IF;
		UPDATE sms_agent.threads t SET
			last_n = v_thread.last_n, dropped = v_thread.dropped,
			last_at = v_thread.last_at, written_at = clock_timestamp()
			WHERE t.thread_id = p_thread_id;
	END IF;

	SELECT '[' || coalesce(
		string_agg('[' || to_json(m.sid)::text || ',' || m.message || ']', ',' ORDER BY m.n), ''
	) || ']' INTO newest
	FROM sms_agent.messages m
	WHERE m.thread_no = v_thread.thread_no AND m.n <= v_thread.last_n
	AND m.n > greatest(v_thread.last_n - p_limit, v_thread.dropped);
	thread_state := v_thread.state;
	kept := coalesce(v_thread.last_n - v_thread.dropped, 0);
	dropped_count := coalesce(v_thread.dropped, 0);
END $function$;

-- The same without appending.
CREATE FUNCTION sms_agent.read_thread(p_thread_id text, p_limit integer,
	OUT newest text, OUT thread_state text, OUT kept integer, OUT dropped_count integer)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET lock_timeout = '4s'
AS $function$
DECLARE
	v_thread sms_agent.threads;
BEGIN
	SELECT t.* INTO v_thread FROM sms_agent.threads t WHERE t.thread_id = p_thread_id;

	SELECT '[' || coalesce(
		string_agg('[' || to_json(m.sid)::text || ',' || m.message || ']', ',' ORDER BY m.n), ''
	) || ']' INTO newest
	FROM sms_agent.messages m
	WHERE m.thread_no = v_thread.thread_no AND m.n <= v_thread.last_n
	AND m.n > greatest(v_thread.last_n - p_limit, v_thread.dropped);
	thread_state := v_thread.state;
	kept := coalesce(v_thread.last_n - v_thread.dropped, 0);
	dropped_count := coalesce(v_thread.dropped, 0);
END $function$;

-- Takes the new state only where the present one is still what it was made from.
CREATE FUNCTION sms_agent.change_state(
	p_thread_id text, p_before text, p_after text,
	OUT changed boolean, OUT present text
)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET lock_timeout = '4s'
AS $function$
BEGIN
	UPDATE sms_agent.threads t SET
		state = p_after,
		written_at = CASE WHEN t.last_n > t.dropped THEN t.written_at ELSE clock_timestamp() END
		WHERE t.thread_id = p_thread_id AND t.state IS NOT DISTINCT FROM p_before;
	changed := FOUND;
	IF NOT changed AND p_before IS NULL THEN
		INSERT INTO sms_agent.threads (thread_id, state, written_at)
			VALUES (p_thread_id, p_after, clock_timestamp())
			ON CONFLICT (thread_id) DO NOTHING;
		changed := FOUND;
	END IF;
	IF NOT changed THEN
		SELECT t.state INTO present FROM sms_agent.threads t WHERE t.thread_id = p_thread_id;
	END IF;
END $function$;

CREATE FUNCTION sms_agent.delete_thread(p_thread_id text, OUT existed boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET lock_timeout = '4s'
AS $function$
DECLARE
	v_thread_no bigint;
BEGIN
	DELETE FROM sms_agent.threads t WHERE t.thread_id = p_thread_id
		RETURNING t.thread_no INTO v_thread_no;
	existed := FOUND;
	DELETE FROM sms_agent.messages m WHERE m.thread_no = v_thread_no;
END $function$;

-- Takes the new value only where the present one is still what it was made from; null is none.
CREATE FUNCTION sms_agent.change_record(
	p_key text, p_before text, p_after text, OUT changed boolean, OUT present text
)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET lock_timeout = '4s'
AS $function$
BEGIN
	IF p_before IS NULL THEN
		INSERT INTO sms_agent.records (key, value) VALUES (p_key, p_after)
			ON CONFLICT (key) DO NOTHING;
	ELSIF p_after IS NULL THEN
		DELETE FROM sms_agent.records r WHERE r.key = p_key AND r.value = p_before;
	ELSE
		UPDATE sms_agent.records r SET value = p_after
			WHERE r.key = p_key AND r.value = p_before;
	END IF;
	changed := FOUND;
	IF NOT changed THEN
		SELECT r.value INTO present FROM sms_agent.records r WHERE r.key = p_key;
	END IF;
END $function$;

-- Drops what has aged, so many threads and claims at most.
CREATE FUNCTION sms_agent.drop_aged(p_max_days double precision, p_threads integer, p_claims integer)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET lock_timeout = '4s'
AS $function$
DECLARE
	v_thread record;
	-- A variable, because an index cannot be searched for what clock_timestamp() gives row by row.
	v_now timestamptz := clock_timestamp();
BEGIN
	FOR v_thread IN
		SELECT t.thread_id, t.thread_no FROM sms_agent.threads t
			WHERE t.written_at < v_now - p_max_days * interval '1 day'
			ORDER BY t.written_at LIMIT p_threads FOR UPDATE SKIP LOCKED
	LOOP
		DELETE FROM sms_agent.messages m WHERE m.thread_no = v_thread.thread_no;
		DELETE FROM sms_agent.threads t WHERE t.thread_id = v_thread.thread_id;
	END LOOP;

	DELETE FROM sms_agent.claims c WHERE c.key = ANY (ARRAY(
		SELECT old.key FROM sms_agent.claims old WHERE old.forget_at < v_now
			ORDER BY old.forget_at LIMIT p_claims FOR UPDATE SKIP LOCKED
	));
END $function$;

-- Clocks that differ by a minute are none that were set back.
CREATE FUNCTION sms_agent.is_held(p_since timestamptz, p_until timestamptz) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	v_now timestamptz := clock_timestamp();
BEGIN
	RETURN p_until > v_now AND p_since <= v_now + interval '1 minute';
END $function$;

-- p_token is chosen by the caller, so whoever asks again after the answer was lost finds the claim
-- theirs already. p_record is what a new claim holds.
CREATE FUNCTION sms_agent.take_claim(
	p_key text, p_token text, p_hold interval, p_keep interval, p_record text,
	OUT status text, OUT present text, OUT taken_over boolean
)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET lock_timeout = '4s'
AS $function$
DECLARE
	v_claim sms_agent.claims;
	v_now timestamptz;
BEGIN
	LOOP
		v_now := clock_timestamp();
		INSERT INTO sms_agent.claims AS c (key, token, record, held_since, held_until, forget_at)
			VALUES (p_key, p_token, p_record, v_now, v_now + p_hold, v_now + p_hold + p_keep)
			ON CONFLICT (key) DO NOTHING RETURNING c.* INTO v_claim;
		EXIT WHEN FOUND;
		SELECT c.* INTO v_claim FROM sms_agent.claims c WHERE c.key = p_key;
		CONTINUE WHEN NOT FOUND;
		EXIT WHEN v_claim.settled OR v_claim.token = p_token
			OR sms_agent.is_held(v_claim.held_since, v_claim.held_until);
		UPDATE sms_agent.claims c SET token = p_token, takes = c.takes + 1, held_since = v_now,
			held_until = v_now + p_hold, forget_at = v_now + p_hold + p_keep
			WHERE c.key = p_key AND c.token = v_claim.token AND NOT c.settled
			AND NOT sms_agent.is_held(c.held_since, c.held_until)
			RETURNING c.* INTO v_claim;
		EXIT WHEN FOUND;
	END LOOP;
	status := CASE
		WHEN v_claim.settled THEN 'settled'
		WHEN v_claim.token = p_token THEN 'claimed'
		ELSE 'held'
	END;
	present := v_claim.record;
	taken_over := v_claim.takes > 1;
END $function$;

-- A count is a row of claims that nobody holds: its record is {"since": ms, "used": n, "told": "..."}.
-- p_requests is a list of {"keys": [...], "mosts": [...], "taker": "..."}, and a row is given for each,
-- in order. Takes one of each key, or none where one is used up; which is then the place of that one,
-- from 0, and is_first whether nobody but the taker was refused before within the hour of the first.
-- All rows are locked first, in one order for everybody: by their place, as those that many share come
-- last in each request, then by their key. So none waits for another in a circle.
CREATE FUNCTION sms_agent.take_allowances(p_requests json, p_hour_ms bigint, p_keep interval)
RETURNS TABLE (which integer, is_first boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET lock_timeout = '4s'
AS $function$
DECLARE
	v_key text;
	v_request json;
	v_keys text[];
	v_mosts integer[];
	v_now timestamptz;
	v_ms bigint;
	v_record json;
	v_since bigint[];
	v_used integer[];
	v_told text;
	v_taken integer;
BEGIN
	FOR v_key IN
		SELECT k.key FROM json_array_elements(p_requests) AS r(request),
			json_array_elements_text(r.request -> 'keys') WITH ORDINALITY AS k(key, place)
			GROUP BY k.key ORDER BY max(k.place), k.key COLLATE "C"
	LOOP
		LOOP
			INSERT INTO sms_agent.claims (key, token, held_until, forget_at)
				VALUES (v_key, '', '-infinity', clock_timestamp() + p_keep)
				ON CONFLICT (key) DO NOTHING;
			PERFORM FROM sms_agent.claims c WHERE c.key = v_key FOR UPDATE;
			EXIT WHEN FOUND;
		END LOOP;
	END LOOP;

	-- Only now: whoever waited for a row must not measure by a time from before.
	v_now := clock_timestamp();
	v_ms := floor(extract(epoch FROM v_now) * 1000);
	FOR v_request IN SELECT r.request FROM json_array_elements(p_requests) AS r(request) LOOP
		v_keys := ARRAY(SELECT json_array_elements_text(v_request -> 'keys'));
		v_mosts := ARRAY(SELECT json_array_elements_text(v_request -> 'mosts')::integer);
		v_since := '{}';
		v_used := '{}';
		which := NULL;
		FOR i IN 1 .. cardinality(v_keys) LOOP
			SELECT c.record::json INTO v_record FROM sms_agent.claims c WHERE c.key = v_keys[i];
			v_since := v_since || (v_record ->> 'since')::bigint;
			v_used := v_used || (v_record ->> 'used')::integer;
			IF i = 1 THEN v_told := v_record ->> 'told'; END IF;
			-- Clocks that differ by a minute are none that were set back.
			IF v_since[i] IS NULL OR v_since[i] > v_ms + 60000 OR v_since[i] + p_hour_ms <= v_ms THEN
				v_since[i] := v_ms;
				v_used[i] := 0;
				IF i = 1 THEN v_told := NULL; END IF;
			END IF;
			IF which IS NULL AND v_used[i] >= v_mosts[i] THEN which := i - 1; END IF;
		END LOOP;

		v_taken := CASE WHEN which IS NULL THEN 1 ELSE 0 END;
		IF which IS NOT NULL THEN v_told := coalesce(v_told, v_request ->> 'taker'); END IF;
		is_first := which IS NOT NULL AND v_told = v_request ->> 'taker';
		FOR i IN 1 .. cardinality(v_keys) LOOP
			UPDATE sms_agent.claims c SET
				record = json_strip_nulls(json_build_object(
					'since', v_since[i],
					'used', v_used[i] + v_taken,
					'told', CASE WHEN i = 1 THEN v_told END
				))::text,
				forget_at = v_now + p_keep
				WHERE c.key = v_keys[i];
		END LOOP;
		RETURN NEXT;
	END LOOP;
END $function$;
