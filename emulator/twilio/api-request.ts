import type { Form } from './form';

/** One request to the API, for assertions. Never holds a password. */
export interface ApiRequest {
	readonly method: string;
	/** Without the query. */
	readonly path: string;
	readonly query: Form;
	readonly params: Form;
	/** The user of Basic authentication. */
	readonly authUser: string | null;
	/** Null as long as, or because, no answer was given. */
	status: number | null;
	/** The kind of fault that hit this request. */
	fault: string | null;
	readonly at: Date;
}
