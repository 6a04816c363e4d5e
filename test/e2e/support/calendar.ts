import { text } from 'node:stream/consumers';
import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { INode } from 'n8n-workflow';
import type { Responder } from '../../../emulator/model/completion';
import { listenLocally } from '../../../emulator/local-server';

export interface Booking {
	at: string;
	contact: string;
}

/** A calendar that takes bookings over HTTP, and remembers each. */
export interface Calendar {
	readonly url: string;
	readonly bookings: Booking[];
	/** How it answers from now on; it has the booking by then. Default: at once, with a number. */
	answer: (response: ServerResponse) => void | Promise<void>;
	/** The booking that comes next gets no answer; resolves when it is there. */
	holdNext(): Promise<void>;
	close(): Promise<void>;
}

export async function startCalendar(): Promise<Calendar> {
	const bookings: Booking[] = [];
	let noticed = () => {};
	const confirm = (response: ServerResponse) => {
		response.setHeader('content-type', 'application/json');
		response.end(JSON.stringify({ number: `B${bookings.length}` }));
	};
	const server = await listenLocally((request, response) => {
		void text(request).then(async (raw) => {
			bookings.push(JSON.parse(raw) as Booking);
			const { answer } = calendar;
			noticed();
			await answer(response);
		});
	});
	const calendar: Calendar = {
		url: `${server.baseUrl}/bookings`,
		bookings,
		answer: confirm,
		holdNext: async () => {
			calendar.answer = async () => await pause(120_000, undefined, { ref: false });
			await new Promise<void>((resolve) => {
				noticed = resolve;
			});
			noticed = () => {};
			calendar.answer = confirm;
		},
		close: () => server.close(),
	};
	return calendar;
}

/** n8n's HTTP Request as a tool: the model chooses the time, the contact is that of the run. */
export function bookingTool({ url }: Pick<Calendar, 'url'>): INode {
	return {
		id: 'book',
		name: 'Book Visit',
		type: 'n8n-nodes-base.httpRequestTool',
		typeVersion: 4.2,
		position: [260, 220],
		parameters: {
			toolDescription: 'Books a visit at a time.',
			method: 'POST',
			url,
			sendBody: true,
			bodyParameters: {
				parameters: [
					{ name: 'at', value: "={{ $fromAI('at', 'The time', 'string') }}" },
					{
						name: 'contact',
						value: "={{ $('Incoming SMS Trigger').item.json.contact }}",
					},
				],
			},
			options: {},
		},
	};
}

/** A model that books what it is asked for with the words "book <time>", and then tells of it. */
export const booksWhenAsked: Responder = ({ messages, tools }) => {
	const last = messages.at(-1);
	if (last?.role === 'tool') {
		const { action, outcome } = JSON.parse(last.text) as { action: string; outcome: string };
		return outcome === 'done'
			? { kind: 'reply', reply: 'You are booked.', reason: null, actions: [action] }
			: { kind: 'reply', reply: 'That did not work. When else?', reason: null, actions: [] };
	}
	const asked = /.*book (\d+:\d\d)/s.exec(last?.text ?? '')?.[1];
	if (asked === undefined || !tools.includes('Book_Visit')) return undefined;
	const done = /\[action (a\d+), done\] Book_Visit/.exec(last?.text ?? '')?.[1];
	if (done) return { kind: 'reply', reply: 'You are booked.', reason: null, actions: [done] };
	return {
		content: null,
		refusal: null,
		toolCalls: [
			{
				id: `call_${crypto.randomUUID()}`,
				name: 'Book_Visit',
				arguments: JSON.stringify({ at: asked }),
			},
		],
		finishReason: 'tool_calls',
	};
};
