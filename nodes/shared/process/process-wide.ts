/**
 * One thing of this process, whoever asks first makes it. n8n loads the package anew when it is
 * updated, while runs of the former copy still work: module-level state would then exist twice, and
 * two copies that do not know of each other reply twice. What both understand is therefore kept with
 * the process.
 *
 * @param version goes up when the shape changes, methods included: an older copy then keeps its own.
 */
export function processWide<T extends object>(name: string, version: number, make: () => T): T {
	const kept = globalThis as unknown as Record<symbol, T | undefined>;
	return (kept[Symbol.for(`n8n-nodes-sms-agent/${name}/${version}`)] ??= make());
}
