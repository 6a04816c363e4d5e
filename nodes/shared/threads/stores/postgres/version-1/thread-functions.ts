import { FUNCTION_OPTIONS } from './function-options';

/** Changing a state, deleting a thread, and dropping what has aged. `schema` is quoted already. */
export const threadFunctions = (schema: string) => `
CREATE FUNCTION ${schema}.change_state(
	p_thread_id text, p_before text, p_after text, p_opted_out boolean,
	OUT changed boolean, OUT present text
) LANGUAGE plpgsql ${FUNCTION_OPTIONS} AS $function$
BEGIN
	UPDATE ${schema}.threads t SET
		state = p_after, opted_out = p_opted_out,
		written_at = CASE
			WHEN t.last_n > t.dropped THEN t.written_at
			WHEN p_opted_out THEN NULL
			ELSE clock_timestamp()
		END
		WHERE t.thread_id = p_thread_id AND t.state IS NOT DISTINCT FROM p_before;
	changed := FOUND;
	IF NOT changed AND p_before IS NULL THEN
		INSERT INTO ${schema}.threads (thread_id, state, opted_out, written_at)
			VALUES (p_thread_id, p_after, p_opted_out,
				CASE WHEN p_opted_out THEN NULL ELSE clock_timestamp() END)
			ON CONFLICT (thread_id) DO NOTHING;
		changed := FOUND;
	END IF;
	IF NOT changed THEN
		SELECT t.state INTO present FROM ${schema}.threads t WHERE t.thread_id = p_thread_id;
	END IF;
END $function$;

CREATE FUNCTION ${schema}.delete_thread(p_thread_id text, OUT existed boolean)
LANGUAGE plpgsql ${FUNCTION_OPTIONS} AS $function$
DECLARE
	v_thread_no bigint;
BEGIN
	DELETE FROM ${schema}.threads t WHERE t.thread_id = p_thread_id
		RETURNING t.thread_no INTO v_thread_no;
	existed := FOUND;
	DELETE FROM ${schema}.messages m WHERE m.thread_no = v_thread_no;
END $function$;

CREATE FUNCTION ${schema}.drop_aged(p_max_days double precision, p_threads integer, p_claims integer)
RETURNS void LANGUAGE plpgsql ${FUNCTION_OPTIONS} AS $function$
DECLARE
	v_thread record;
	-- A variable, because an index cannot be searched for what clock_timestamp() gives row by row.
	v_now timestamptz := clock_timestamp();
BEGIN
	FOR v_thread IN
		SELECT t.thread_id, t.thread_no, t.opted_out FROM ${schema}.threads t
			WHERE t.written_at < v_now - p_max_days * interval '1 day'
			ORDER BY t.written_at LIMIT p_threads FOR UPDATE SKIP LOCKED
	LOOP
		DELETE FROM ${schema}.messages m WHERE m.thread_no = v_thread.thread_no;
		IF v_thread.opted_out THEN
			UPDATE ${schema}.threads t SET dropped = t.last_n, last_at = NULL, written_at = NULL
				WHERE t.thread_id = v_thread.thread_id;
		ELSE
			DELETE FROM ${schema}.threads t WHERE t.thread_id = v_thread.thread_id;
		END IF;
	END LOOP;

	DELETE FROM ${schema}.claims c WHERE c.key = ANY (ARRAY(
		SELECT old.key FROM ${schema}.claims old WHERE old.forget_at < v_now
			ORDER BY old.forget_at LIMIT p_claims FOR UPDATE SKIP LOCKED
	));
END $function$;
`;
