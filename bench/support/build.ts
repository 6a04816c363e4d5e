/** One way to build an SMS agent, running in the n8n that is measured. */
export interface Build {
	key: BuildKey;
	label: string;
	/** Its webhook. */
	url: string;
	/** The number that contacts text. */
	sender: string;
	account: { accountSid: string; authToken: string };
	workflowId: string;
	/** Whether a text gets a reply. */
	replies: boolean;
}

export const OURS = ['ours-static', 'ours-file', 'ours-redis', 'ours-postgres'] as const;
export const PEERS = [
	'webhook',
	'webhook-isolate',
	'webhook-send',
	'static-data-code',
	'ai-agent-window',
	'ai-agent-redis',
	'ai-agent-postgres',
	'twilio-trigger',
] as const;

export type OursKey = (typeof OURS)[number];
export type PeerKey = (typeof PEERS)[number];
export type BuildKey = OursKey | PeerKey;

export const LABELS: Record<BuildKey, string> = {
	'ours-static': 'ours, in the workflow',
	'ours-file': 'ours, file',
	'ours-redis': 'ours, Redis',
	'ours-postgres': 'ours, Postgres',
	webhook: '(a) Webhook alone',
	'webhook-isolate': '(a) with an expression in a setting',
	'webhook-send': "(a') Webhook and a send",
	'static-data-code': '(b) Code node with static data',
	'ai-agent-window': '(c) AI Agent, Simple Memory',
	'ai-agent-redis': '(c) AI Agent, Redis memory',
	'ai-agent-postgres': '(c) AI Agent, Postgres memory',
	'twilio-trigger': '(d) Twilio Trigger, AI Agent',
};

/** Whether the build answers with words of the model. */
export const isTwoWay = (key: BuildKey): boolean => !key.startsWith('webhook');
