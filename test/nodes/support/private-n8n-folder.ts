import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';

// n8n-core writes a config file (its encryption key) as soon as it is used; never into a real home.
// In memory there is no permanent place for a file: so Automatic is This Workflow, and each test has
// conversations of its own by the ID of its workflow.
process.env['N8N_USER_FOLDER'] ??= mkdtempSync(join('/dev/shm', 'sms-agent-n8n-core-'));

// Failures reach the test as errors; n8n would print each once more.
process.env['N8N_LOG_LEVEL'] ??= 'silent';
