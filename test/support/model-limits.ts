import { ModelLimitError, type ModelLimit } from '../../nodes/shared/composing/model-limit';

/** For a model that may be asked as often as a test wants to. */
export const UNLIMITED: ModelLimit = { takeCall: async () => {} };

/** Lets so many calls through, and counts them. */
export function limitOf(most: number): ModelLimit & { taken: number } {
	return {
		taken: 0,
		async takeCall() {
			if (this.taken >= most) throw new ModelLimitError('contact', true, 'Enough', 'Wait');
			this.taken += 1;
			await Promise.resolve();
		},
	};
}
