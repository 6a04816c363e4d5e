/**
 * The methods of a port as the engine has them: SQLite works without a pause, so nothing comes between
 * the first and the last statement of one.
 */
export type WithoutPause<Port> = {
	readonly [Name in keyof Port]: Port[Name] extends (
		...given: infer Given
	) => Promise<infer Result>
		? (...given: Given) => Result
		: never;
};
