import { SegmentedMessage } from 'sms-segments-calculator';

export interface SegmentCount {
	readonly numSegments: number;
	readonly encoding: 'GSM-7' | 'UCS-2';
}

export function countSegments(body: string, smartEncoding = false): SegmentCount {
	if (body === '') return { numSegments: 1, encoding: 'GSM-7' };
	const counted = new SegmentedMessage(body, 'auto', smartEncoding);
	return { numSegments: counted.segmentsCount, encoding: counted.encodingName };
}
