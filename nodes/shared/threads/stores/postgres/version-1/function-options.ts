/**
 * What every function of ours is made with: names mean what they meant when it was written, a plan
 * made while the tables were small does not stay a full scan when they have grown, and waiting for
 * a row ends on the server before the client gives up.
 */
export const FUNCTION_OPTIONS = `
	SET search_path = pg_catalog, pg_temp
	SET enable_seqscan = off
	SET lock_timeout = '4s'`;
