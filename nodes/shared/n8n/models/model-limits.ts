import { limitOption, type LimitOption } from '../limits/limit-option';

/** How often a node may ask its model within an hour; for its "Options" collection. */
export type ModelLimitOptions = Record<'perContact' | 'perNode', LimitOption>;

/** @param usual what holds where the builder leaves the options alone. */
export function modelLimitOptions(usual: {
	perContact: number;
	perNode: number;
}): ModelLimitOptions {
	return {
		perContact: limitOption({
			displayName: 'Most Model Calls per Contact and Hour',
			name: 'modelCallsPerContact',
			default: usual.perContact,
			description:
				'How often the model may be asked for one contact within an hour, whether a reply, a hand-over or nothing comes of it. After that it is not asked for them until the hour is over.',
		}),
		perNode: limitOption({
			displayName: 'Most Model Calls per Hour',
			name: 'modelCalls',
			default: usual.perNode,
			description:
				'How often this node may ask its model within an hour, for all contacts together. Set it well above your busiest hour.',
		}),
	};
}
