interface Vulnerability {
	name: string;
	severity: string;
	/** Where it is installed. */
	nodes: string[];
	via: Array<string | { title?: string; url?: string }>;
}

/** A line for each known weakness in what is bundled: those that must not be published, and others. */
export interface Findings {
	grave: string[];
	others: string[];
}

const GRAVE = new Set(['high', 'critical']);

/**
 * What a report of `npm audit --json` says about bundled packages. Throws where it is no report: an
 * audit that did not happen must not pass for one that found nothing.
 *
 * @param bundled where each is installed.
 */
export function findingsIn(report: string, bundled: ReadonlyArray<{ folder: string }>): Findings {
	const { vulnerabilities } = parsed(report);
	if (vulnerabilities === undefined) throw new Error(`npm audit gave no report: ${report}`);
	const folders = new Set(bundled.map(({ folder }) => folder));
	const inside = Object.values(vulnerabilities).filter(({ nodes }) =>
		nodes.some((node) => folders.has(node)),
	);
	const lines = (isGrave: boolean) =>
		inside.filter(({ severity }) => GRAVE.has(severity) === isGrave).map(lineOf);
	return { grave: lines(true), others: lines(false) };
}

function lineOf({ name, severity, via }: Vulnerability): string {
	const why = via.map((one) =>
		typeof one === 'string' ? `by ${one}` : [one.title, one.url].filter(Boolean).join(', '),
	);
	return `${severity}: ${name} (${why.join('; ')})`;
}

function parsed(report: string): { vulnerabilities?: Record<string, Vulnerability> } {
	try {
		return JSON.parse(report) as { vulnerabilities?: Record<string, Vulnerability> };
	} catch {
		return {};
	}
}
