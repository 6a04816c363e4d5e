import { describe, expect, it } from '@jest/globals';
import { mayLog } from '../../../../nodes/shared/n8n/host/log-warning';
import { ManualClock } from '../../../support/manual-clock';

describe('mayLog', () => {
	it('lets a line of a kind through once a minute and counts the others', async () => {
		const clock = new ManualClock();
		expect(mayLog('forged', clock)).toEqual({ withheld: 0 });
		expect(mayLog('forged', clock)).toBeUndefined();
		expect(mayLog('forged', clock)).toBeUndefined();
		expect(mayLog('other', clock)).toEqual({ withheld: 0 });
		clock.setBy(-3_600_000);
		await clock.advance(60_000);
		expect(mayLog('forged', clock)).toEqual({ withheld: 2 });
	});
});
