/** Scripts and schemas stand in files of their own, which the bundler and the tests give as text. */
declare module '*.lua' {
	const text: string;
	export default text;
}

declare module '*.sql' {
	const text: string;
	export default text;
}
