import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The root of the clone; scripts, harness and tests start from here. */
export const ROOT = join(__dirname, '..');

/** For `node --import`: runs TypeScript. */
export const TYPESCRIPT = pathToFileURL(join(ROOT, 'scripts/typescript.mjs')).href;

/** Built package, as npm ships it. */
export const DIST = join(ROOT, 'dist');

/** What the n8n harness keeps: template databases, tarballs, and a folder for each run. */
export const E2E_FOLDER = join(ROOT, '.e2e');

/** What the demo keeps from one start to the next: n8n's data, the log-in, the Twilio emulator's state. */
export const DEMO_FOLDER = join(ROOT, '.demo');
