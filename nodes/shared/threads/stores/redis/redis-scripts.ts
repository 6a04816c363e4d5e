import { createHash } from 'node:crypto';
import appendMessages from './lua/append-messages.lua';
import hold from './lua/hold.lua';
import deleteRecord from './lua/records/delete.lua';
import deleteThread from './lua/delete-thread.lua';
import inTime from './lua/in-time.lua';
import listRecords from './lua/records/list.lua';
import listThreads from './lua/list-threads.lua';
import lookAtClaim from './lua/look-at-claim.lua';
import readRecords from './lua/records/read.lua';
import readThread from './lua/read-thread.lua';
import recordHead from './lua/records/value-of.lua';
import releaseClaim from './lua/release-claim.lua';
import swapRecord from './lua/records/swap.lua';
import swapState from './lua/swap-state.lua';
import takeAllowances from './lua/take-allowances.lua';
import takeClaim from './lua/take-claim.lua';
import threadView from './lua/thread-view.lua';
import writeClaim from './lua/write-claim.lua';

/** A script that Redis runs as one step: nothing else happens between its commands. */
export interface RedisScript {
	lua: string;
	/** What Redis knows it by once it has seen it. */
	sha1: string;
	/** Whether its first argument is the moment after which it must not run any more. */
	writes: boolean;
}

/** Keys, arguments and answer of each stand at the head of its file. */
export const SCRIPTS = {
	readThread: reading(threadView, readThread),
	appendMessages: writing(threadView, appendMessages),
	swapState: writing(swapState),
	listThreads: writing(listThreads),
	deleteThread: writing(deleteThread),
	lookAtClaim: reading(hold, lookAtClaim),
	takeAllowances: writing(takeAllowances),
	takeClaim: writing(hold, takeClaim),
	writeClaim: writing(hold, writeClaim),
	releaseClaim: writing(releaseClaim),
	readRecords: reading(recordHead, readRecords),
	listRecords: reading(recordHead, listRecords),
	swapRecord: writing(recordHead, swapRecord),
	deleteRecord: writing(deleteRecord),
};

function reading(...parts: string[]): RedisScript {
	return script(parts.join('\n'), false);
}

function writing(...parts: string[]): RedisScript {
	return script([inTime, ...parts].join('\n'), true);
}

function script(lua: string, writes: boolean): RedisScript {
	return { lua, sha1: createHash('sha1').update(lua).digest('hex'), writes };
}

/** What Redis answers; strings stay bytes, because messages are. */
export type RedisReply = Buffer | string | number | null | RedisReply[];

/** A reply whose shape our own script or command fixed. Throws where a server answers otherwise. */
export function listIn(reply: RedisReply | undefined): RedisReply[] {
	if (Array.isArray(reply)) return reply;
	throw new Error('Redis answered in an unexpected form');
}

export function textIn(reply: RedisReply | undefined): string {
	return bytesIn(reply).toString('utf8');
}

export function bytesIn(reply: RedisReply | undefined): Buffer {
	if (Buffer.isBuffer(reply)) return reply;
	if (typeof reply === 'string') return Buffer.from(reply);
	throw new Error('Redis answered in an unexpected form');
}

export function numberIn(reply: RedisReply | undefined): number {
	if (typeof reply === 'number') return reply;
	throw new Error('Redis answered in an unexpected form');
}
