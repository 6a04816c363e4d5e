import { FUNCTION_OPTIONS } from './function-options';

/** Messages of a thread that are deleted at a time: the oldest often lie on a page that nothing else needs. */
const DELETED_AT_A_TIME = 8;

/** The newest `p_limit` of `v_thread` as JSON: [[sid, message], …], oldest first. */
const selectNewest = (schema: string) => `
	SELECT '[' || coalesce(
		string_agg('[' || to_json(m.sid)::text || ',' || m.message || ']', ',' ORDER BY m.n), ''
	) || ']' INTO newest
	FROM ${schema}.messages m
	WHERE m.thread_no = v_thread.thread_no AND m.n <= v_thread.last_n
	AND m.n > greatest(v_thread.last_n - p_limit, v_thread.dropped);
	thread_state := v_thread.state;
	kept := coalesce(v_thread.last_n - v_thread.dropped, 0);
	dropped_count := coalesce(v_thread.dropped, 0);`;

const RESULT = `
	OUT newest text, OUT thread_state text, OUT kept integer, OUT dropped_count integer`;

/** Appending with reading in one call, and reading alone. `schema` is quoted already. */
export const messageFunctions = (schema: string) => `
CREATE FUNCTION ${schema}.append_messages(
	p_thread_id text, p_sids text[], p_messages text[], p_ats text[],
	p_limit integer, p_keep integer, OUT new_sids text[], ${RESULT}
) LANGUAGE plpgsql ${FUNCTION_OPTIONS} AS $function$
DECLARE
	v_thread ${schema}.threads;
	v_deleted integer;
BEGIN
	LOOP
		SELECT t.* INTO v_thread FROM ${schema}.threads t
			WHERE t.thread_id = p_thread_id FOR UPDATE;
		EXIT WHEN FOUND;
		INSERT INTO ${schema}.threads AS t (thread_id) VALUES (p_thread_id)
			ON CONFLICT (thread_id) DO NOTHING RETURNING t.* INTO v_thread;
		EXIT WHEN FOUND;
	END LOOP;
	-- A sequence that a restore has set back would give a new thread another's messages.
	WHILE v_thread.last_n = 0 AND EXISTS (
		SELECT FROM ${schema}.messages m WHERE m.thread_no = v_thread.thread_no
	) LOOP
		UPDATE ${schema}.threads t SET thread_no = DEFAULT
			WHERE t.thread_id = p_thread_id RETURNING t.* INTO v_thread;
	END LOOP;

	new_sids := '{}';
	FOR i IN 1 .. cardinality(p_sids) LOOP
		INSERT INTO ${schema}.messages (thread_no, n, sid, message)
			VALUES (v_thread.thread_no, v_thread.last_n + 1, p_sids[i], p_messages[i])
			ON CONFLICT (thread_no, sid) DO NOTHING;
		CONTINUE WHEN NOT FOUND;
		v_thread.last_n := v_thread.last_n + 1;
		v_thread.last_at := p_ats[i];
		new_sids := new_sids || p_sids[i];
	END LOOP;

	IF cardinality(new_sids) > 0 THEN
		IF v_thread.last_n - v_thread.dropped > p_keep THEN
			v_deleted := v_thread.dropped - v_thread.dropped % ${DELETED_AT_A_TIME};
			v_thread.dropped := v_thread.last_n - p_keep;
			IF v_thread.dropped >= v_deleted + ${DELETED_AT_A_TIME} THEN
				DELETE FROM ${schema}.messages m
					WHERE m.thread_no = v_thread.thread_no
					AND m.n > v_deleted AND m.n <= v_thread.dropped - v_thread.dropped % ${DELETED_AT_A_TIME};
			END IF;
		END IF;
		UPDATE ${schema}.threads t SET
			last_n = v_thread.last_n, dropped = v_thread.dropped,
			last_at = v_thread.last_at, written_at = clock_timestamp()
			WHERE t.thread_id = p_thread_id;
	END IF;
	${selectNewest(schema)}
END $function$;

CREATE FUNCTION ${schema}.read_thread(p_thread_id text, p_limit integer, ${RESULT})
LANGUAGE plpgsql STABLE ${FUNCTION_OPTIONS} AS $function$
DECLARE
	v_thread ${schema}.threads;
BEGIN
	SELECT t.* INTO v_thread FROM ${schema}.threads t WHERE t.thread_id = p_thread_id;
	${selectNewest(schema)}
END $function$;
`;
