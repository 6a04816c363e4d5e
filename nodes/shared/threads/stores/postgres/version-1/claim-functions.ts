import { FUNCTION_OPTIONS } from './function-options';

/**
 * Taking a claim. `p_token` is chosen by the caller, so asking again after the answer was lost
 * finds the claim already his. `schema` is quoted already.
 */
export const claimFunctions = (schema: string) => `
CREATE FUNCTION ${schema}.take_claim(
	p_key text, p_token text, p_hold interval, p_keep interval,
	OUT status text, OUT present text, OUT taken_over boolean
) LANGUAGE plpgsql ${FUNCTION_OPTIONS} AS $function$
DECLARE
	v_claim ${schema}.claims;
	v_until timestamptz;
BEGIN
	LOOP
		v_until := clock_timestamp() + p_hold;
		INSERT INTO ${schema}.claims AS c (key, token, held_until, forget_at)
			VALUES (p_key, p_token, v_until, v_until + p_keep)
			ON CONFLICT (key) DO NOTHING RETURNING c.* INTO v_claim;
		EXIT WHEN FOUND;
		SELECT c.* INTO v_claim FROM ${schema}.claims c WHERE c.key = p_key;
		CONTINUE WHEN NOT FOUND;
		EXIT WHEN v_claim.settled OR v_claim.token = p_token
			OR v_claim.held_until > clock_timestamp();
		UPDATE ${schema}.claims c SET token = p_token, takes = c.takes + 1,
			held_until = v_until, forget_at = v_until + p_keep
			WHERE c.key = p_key AND c.token = v_claim.token AND NOT c.settled
			AND c.held_until <= clock_timestamp()
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
`;
