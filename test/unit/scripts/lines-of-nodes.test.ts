import { describe, expect, it } from '@jest/globals';
import { linesOfNodes } from '../../../scripts/demo/lines-of-nodes';

function toldOf(...pieces: string[]): string[] {
	const told: string[] = [];
	const hear = linesOfNodes((line) => told.push(line));
	for (const piece of pieces) hear(piece);
	return told;
}

describe('the lines of our nodes in the log of n8n', () => {
	it('are told whole, however they were printed', () => {
		expect(
			toldOf(
				'Incoming SMS Trig',
				'ger: 1 conversation waits: 1 for the model.\nMissed Call Trigger1: One.\r\nSend',
				' SMS: Two.\n',
			),
		).toEqual([
			'Incoming SMS Trigger: 1 conversation waits: 1 for the model.',
			'Missed Call Trigger1: One.',
			'Send SMS: Two.',
		]);
	});

	it('are told alone', () => {
		expect(
			toldOf('Editor is now accessible\n', 'Activated workflow "Send SMS: a test"\n'),
		).toEqual([]);
	});
});
