import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// n8n-core writes a config file (its encryption key) as soon as it is used; never into a real home.
process.env['N8N_USER_FOLDER'] ??= mkdtempSync(join(tmpdir(), 'sms-agent-n8n-core-'));

// Failures reach the test as errors; n8n would print each once more.
process.env['N8N_LOG_LEVEL'] ??= 'silent';
