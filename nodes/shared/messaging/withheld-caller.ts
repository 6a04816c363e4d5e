/**
 * What stands in for a caller who withholds their number. The digits spell the word on a phone's
 * keys: Anonymous, Restricted, Blocked, Unknown, Unavailable.
 */
const WITHHELD = new Set([
	'266696687',
	'7378742833',
	'2562533',
	'8656696',
	'86282452253',
	'anonymous',
	'restricted',
	'blocked',
	'unknown',
	'unavailable',
	'private',
	'withheld',
]);

/** Whether there is nobody to text back. */
export function isWithheld(caller: string): boolean {
	const plain = caller.trim().toLowerCase().replace(/^\+/, '');
	return plain === '' || WITHHELD.has(plain);
}
