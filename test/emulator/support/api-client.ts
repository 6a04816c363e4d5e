import type { AccountRecord } from '../../../emulator/twilio/records';

export interface ApiReply {
	readonly status: number;
	readonly json: Record<string, unknown>;
	readonly headers: Headers;
}

type FormValues = Readonly<Record<string, string | readonly string[]>>;

/** Bare HTTP against the emulator's API, without any SDK's opinions. */
export class ApiClient {
	constructor(
		private readonly baseUrl: string,
		private readonly account: Pick<AccountRecord, 'accountSid' | 'authToken'>,
	) {}

	get(path: string): Promise<ApiReply> {
		return this.call('GET', path);
	}

	post(path: string, form: FormValues): Promise<ApiReply> {
		const body = new URLSearchParams();
		for (const [name, value] of Object.entries(form)) {
			for (const each of typeof value === 'string' ? [value] : value) body.append(name, each);
		}
		return this.call('POST', path, body);
	}

	delete(path: string): Promise<ApiReply> {
		return this.call('DELETE', path);
	}

	/** `Messages.json` and the like, below the account. */
	under(resource: string): string {
		return `/2010-04-01/Accounts/${this.account.accountSid}/${resource}`;
	}

	send(form: FormValues): Promise<ApiReply> {
		return this.post(this.under('Messages.json'), form);
	}

	get authorization(): string {
		const { accountSid, authToken } = this.account;
		return `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
	}

	private async call(method: string, path: string, body?: URLSearchParams): Promise<ApiReply> {
		const response = await fetch(this.baseUrl + path, {
			method,
			headers: { Authorization: this.authorization },
			...(body ? { body } : {}),
		});
		const text = await response.text();
		const json = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
		return { status: response.status, json, headers: response.headers };
	}
}
