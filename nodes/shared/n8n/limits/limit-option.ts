import type { INodeProperties } from 'n8n-workflow';
import { InvalidInputError } from '../../messaging/invalid-input-error';

/** How often something may be done, as an option shows it. */
export interface LimitOption extends INodeProperties {
	default: number;
}

/** More than anybody does in an hour. */
const HIGHEST = 1_000_000;

export function limitOption(
	field: Pick<LimitOption, 'displayName' | 'name' | 'default' | 'description' | 'displayOptions'>,
): LimitOption {
	// Typed in: an expression could be a model's, or a stranger's, to decide.
	return {
		...field,
		type: 'number',
		typeOptions: { minValue: 1, maxValue: HIGHEST },
		noDataExpression: true,
	};
}

/** What was typed, or what holds where nothing was. Throws InvalidInputError for what is no limit. */
export function readLimit(given: unknown, { displayName, default: usual }: LimitOption): number {
	if (given === undefined || given === null || given === '') return usual;
	const most = typeof given === 'string' ? Number(given) : given;
	if (typeof most === 'number' && most >= 1) return Math.min(Math.floor(most), HIGHEST);
	throw new InvalidInputError({
		field: displayName,
		cause: `${JSON.stringify(given)} is not a number of 1 or more`,
		fix: `Enter how many there may be, or take the option away: then it is ${usual}.`,
	});
}
