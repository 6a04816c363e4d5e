'use strict';

const { mkdirSync, rmSync, statSync, utimesSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

const LOCK = join(__dirname, '..', '..', '.e2e', 'setup.lock');
const BEAT_MS = 5_000;
const STALE_MS = 30_000;

/** One command at a time installs in a clone. A lock whose owner has stopped touching it is void. */
async function underLock(work) {
	mkdirSync(dirname(LOCK), { recursive: true });
	let said = false;
	while (!takeLock()) {
		if (!said) console.log('Another command is installing in this clone; waiting for it ...');
		said = true;
		await new Promise((resolve) => setTimeout(resolve, 500));
	}
	const beat = setInterval(touch, BEAT_MS);
	const release = () => rmSync(LOCK, { force: true });
	process.on('exit', release);
	try {
		return await work();
	} finally {
		clearInterval(beat);
		process.off('exit', release);
		release();
	}
}

function takeLock() {
	try {
		writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
		return true;
	} catch (error) {
		if (error.code !== 'EEXIST') throw error;
	}
	if (isStale()) rmSync(LOCK, { force: true });
	return false;
}

function isStale() {
	try {
		return Date.now() - statSync(LOCK).mtimeMs > STALE_MS;
	} catch {
		return false; // released meanwhile
	}
}

function touch() {
	try {
		utimesSync(LOCK, new Date(), new Date());
	} catch {
		// Removed under us: the next one to look takes it.
	}
}

module.exports = { underLock };
