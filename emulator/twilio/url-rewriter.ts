export interface UrlRewriter {
	/** Where the application is really reached; the URL itself when nothing is known about it. */
	readonly rewrite: (url: string) => string;
	readonly map: (publicOrigin: string, realOrigin: string) => void;
}

/** Lets a webhook be signed for a public https address and delivered on this machine. */
export function urlRewriter(
	hosts: Readonly<Record<string, string>>,
	first: (url: string) => string = (url) => url,
): UrlRewriter {
	const origins = new Map<string, string>();
	const map = (publicOrigin: string, realOrigin: string): void => {
		origins.set(new URL(publicOrigin).origin, new URL(realOrigin).origin);
	};
	for (const [publicOrigin, realOrigin] of Object.entries(hosts)) map(publicOrigin, realOrigin);
	return {
		map,
		rewrite(url) {
			const rewritten = first(url);
			const { origin, pathname, search } = new URL(rewritten);
			const real = origins.get(origin);
			return real === undefined ? rewritten : real + pathname + search;
		},
	};
}
