import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { countSegments, rewriteToGsm } from '../../nodes/shared/messaging/segments';
import { ROOT } from '../../scripts/paths';
import type { Section } from '../support/section';

export function typicalReplies(): string[] {
	const text = readFileSync(join(ROOT, 'bench/typical-replies.txt'), 'utf8');
	return text.split('\n').filter((line) => line !== '');
}

export interface SegmentBill {
	replies: number;
	/** Segments as the model wrote the replies, and as they are sent. */
	asWritten: number;
	asSent: number;
	/** Replies that became cheaper, and those that stay in UCS-2. */
	cheaper: number;
	stillUcs2: number;
}

export function segmentBill(replies: readonly string[]): SegmentBill {
	const bills = replies.map((reply) => ({
		written: countSegments(reply),
		sent: countSegments(rewriteToGsm(reply)),
	}));
	const sum = (read: (bill: (typeof bills)[number]) => number) =>
		bills.reduce((total, bill) => total + read(bill), 0);
	return {
		replies: replies.length,
		asWritten: sum(({ written }) => written.numSegments),
		asSent: sum(({ sent }) => sent.numSegments),
		cheaper: sum(({ written, sent }) => Number(sent.numSegments < written.numSegments)),
		stillUcs2: sum(({ sent }) => Number(sent.encoding === 'UCS-2')),
	};
}

/** What Twilio bills for replies as models write them: curly quotes, dashes, a few emoji. */
export async function measureSegments(): Promise<Section> {
	const { replies, asWritten, asSent, cheaper, stillUcs2 } = segmentBill(typicalReplies());
	const saved = `${(100 * (1 - asSent / asWritten)).toFixed(0)} %`;
	return {
		tables: [
			{
				caption: `Segments billed for ${replies} typical replies (bench/typical-replies.txt)`,
				columns: ['', 'segments', 'a reply'],
				rows: [
					[
						'as the model wrote them',
						String(asWritten),
						(asWritten / replies).toFixed(2),
					],
					['as ours sends them', String(asSent), (asSent / replies).toFixed(2)],
				],
			},
		],
		notes: [
			`${saved} fewer; ${cheaper} replies became cheaper, ${stillUcs2} go out in UCS-2: they hold an emoji or a letter that GSM-7 does not have, or are so short that other characters would save nothing.`,
		],
	};
}
