import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Clock ticks in a second, as Linux reports them to programs. */
const TICKS_PER_SECOND = 100;

interface ProcessStat {
	pid: number;
	group: number;
	ticks: number;
}

function statOf(pid: string): ProcessStat | undefined {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
		// The name in brackets may hold spaces.
		const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
		const [group, user, system] = [fields[2], fields[11], fields[12]].map(Number);
		return { pid: Number(pid), group: group ?? 0, ticks: (user ?? 0) + (system ?? 0) };
	} catch {
		return undefined; // ended meanwhile
	}
}

function membersOf(group: number): ProcessStat[] {
	const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
	return pids.flatMap((pid) => statOf(pid) ?? []).filter((stat) => stat.group === group);
}

/** Milliseconds of processor that an n8n and what it has started have used so far. Linux only. */
export function cpuMsOf(group: number): number {
	const ticks = membersOf(group).reduce((sum, stat) => sum + stat.ticks, 0);
	return (ticks / TICKS_PER_SECOND) * 1_000;
}

/** Megabytes of memory that a process, without what it has started, has in use. */
export function memoryMbOf(pid: number): number {
	return megabytesIn(pid, 'VmRSS');
}

/** Has the kernel forget how much it had in use at most. */
export function forgetPeakOf(pid: number): void {
	writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** The most that it has had in use so far. */
export function peakMemoryMbOf(pid: number): number {
	return megabytesIn(pid, 'VmHWM');
}

function megabytesIn(pid: number, field: string): number {
	const status = readFileSync(`/proc/${pid}/status`, 'utf8');
	const [, kilobytes] = new RegExp(`${field}:\\s+(\\d+)`).exec(status) ?? [];
	return Number(kilobytes) / 1024;
}

export function openFilesOf(pid: number): number {
	return readdirSync(`/proc/${pid}/fd`).length;
}

/** Threads of the system. */
export function threadsOf(pid: number): number {
	return readdirSync(`/proc/${pid}/task`).length;
}
