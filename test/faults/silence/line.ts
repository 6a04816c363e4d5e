import type { INodeParameters } from 'n8n-workflow';
import type { StoredExecution } from '../../../harness/n8n-client';
import { twoWayAgent } from '../../../harness/two-way-agent';
import { threadIdOf } from '../../../nodes/shared/messaging/thread-id';
import { systemClock } from '../../../nodes/shared/n8n/host/system-clock';
import { consentOf } from '../../support/contact-state';
import { openE2eFixture, type E2eFixture } from '../../e2e/support/e2e-fixture';
import type { FaultedN8n } from '../support/faulted-n8n';
import type { SentText } from '../support/judge-thread';
import type { SeededRandom } from '../support/seeded-random';
import { startStoreServer, type StoreServer } from '../support/store-server';
import { Texting, type TextOptions } from '../support/texting';
import { threadPlace, type KeptIn, type ThreadPlace } from './thread-place';

export interface LineOptions {
	/** Of the trigger. */
	trigger?: INodeParameters;
	/** A store server of its own, which it may lose. Default: the one of the suite. */
	ownServer?: boolean;
}

interface Surroundings {
	n8n: FaultedN8n;
	keptIn: KeptIn;
	/** The store server of the suite, where the threads are kept in one. */
	server: StoreServer | undefined;
	random: SeededRandom;
}

/** Several lines text at once, and a small machine has to answer them all in Twilio's 15 seconds. */
const AT_A_TIME = 4;
/** A busy machine may need some seconds. */
const REDELIVERIES = 20;
const BY_HAND = 'This is Sam, in person';
const AGENT_ID = 'front-desk';

/**
 * A business of its own in the n8n that a suite shares: a Twilio account, a model and an agent of
 * two nodes. What fails for one line fails for no other.
 */
export class Line {
	/** How many replies of the agent each contact is to have when all is over. */
	readonly expected = new Map<string, number>();
	readonly texting: Texting;

	constructor(
		readonly e2e: E2eFixture,
		readonly workflowId: string,
		readonly place: ThreadPlace,
		/** Where the threads are, and nobody else's, if they are to be lost. */
		readonly server: StoreServer | undefined,
		readonly random: SeededRandom,
		private readonly webhookUrl: string,
	) {
		this.texting = new Texting(e2e);
	}

	/**
	 * Each of them texts once, and is to have one reply more. Resolves when n8n has said that it has
	 * all of these texts; rejects where it does not, after some deliveries of each.
	 */
	async text(contacts: readonly string[]): Promise<void> {
		const texts = await this.textInVain(contacts, { redeliveries: REDELIVERIES });
		const refused = texts.filter(({ ackedAt }) => ackedAt === undefined);
		if (refused.length > 0) throw new Error(`n8n did not take ${refused.length} texts`);
	}

	/** The same while nobody may be there to take them. Resolves when Twilio has given up. */
	async textInVain(contacts: readonly string[], options: TextOptions = {}): Promise<SentText[]> {
		const texts: SentText[] = [];
		const waiting = [...contacts];
		const next = async () => {
			for (let one = waiting.shift(); one; one = waiting.shift()) {
				this.expected.set(one, (this.expected.get(one) ?? 0) + 1);
				texts.push(await this.texting.text(one, options));
			}
		};
		await Promise.all(Array.from({ length: AT_A_TIME }, next));
		return texts;
	}

	/** Somebody answers from another app, which Twilio knows and n8n does not. */
	async writeByHand(contact: string): Promise<void> {
		const { twilio, account, number } = this.e2e;
		const { accountSid, authToken } = account;
		const answer = await fetch(
			`${twilio.baseUrl}/2010-04-01/Accounts/${accountSid}/Messages.json`,
			{
				method: 'POST',
				headers: { Authorization: `Basic ${btoa(`${accountSid}:${authToken}`)}` },
				body: new URLSearchParams({ From: number.phoneNumber, To: contact, Body: BY_HAND }),
			},
		);
		if (!answer.ok) throw new Error(`Twilio refused the text by hand: ${answer.status}`);
	}

	/** What the agent has texted them, as Twilio has it, oldest first. */
	repliesTo(contact: string): string[] {
		return this.e2e.twilio
			.messages({ to: contact, direction: 'outbound-api' })
			.map(({ body }) => body)
			.filter((body) => body !== BY_HAND);
	}

	/** Twilio cannot reach n8n, which runs. */
	cutOff(): void {
		this.e2e.twilio.mapHost(this.webhookUrl, NOBODY);
	}

	reconnect(): void {
		this.e2e.twilio.mapHost(this.webhookUrl, this.webhookUrl);
	}

	/** Whether the agent knows that they want no more texts. */
	async isOptedOut(contact: string): Promise<boolean> {
		const threadId = this.threadIdOf(contact);
		const { status } = await this.place.read(
			this.workflowId,
			async (store) => await consentOf({ store, clock: systemClock }, threadId),
		);
		return status === 'optedOut';
	}

	threadIdOf(contact: string): string {
		return threadIdOf({ accountSid: this.e2e.account.accountSid, agentId: AGENT_ID, contact });
	}

	/** The newest ones, with all data. */
	async executions(): Promise<StoredExecution[]> {
		return await this.e2e.client.executions(this.workflowId);
	}
}

/** Nobody listens there. */
const NOBODY = 'http://127.0.0.1:9';

export async function openLine(
	{ n8n, keptIn, server, random }: Surroundings,
	{ trigger = {}, ownServer = false }: LineOptions,
	cleanUp: Array<() => Promise<void>>,
): Promise<Line> {
	const kind = server?.kind;
	const own = ownServer && kind ? await startStoreServer(kind) : undefined;
	if (own) cleanUp.push(() => own.dispose());
	const chance = () => random.next();
	const e2e = await openE2eFixture({ n8n: n8n.n8n, withService: true, twilio: { chance } });
	cleanUp.push(() => e2e.close());
	const place = await threadPlace(keptIn, e2e, own ?? server);
	// A soak is more than a node's model may be asked in an hour.
	const reply = { options: { modelCalls: 100_000 } };
	const agent = twoWayAgent(e2e, { trigger, reply, kept: place.kept });
	const { id } = await e2e.startWorkflow(agent);
	return new Line(e2e, id, place, own, random, n8n.webhookUrl);
}
