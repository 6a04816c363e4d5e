/** Turns with one contact before the next one has a go: less than what stops an agent in an hour. */
export const TURNS_PER_CONTACT = 8;

/** Numbers 555-0100 to 555-0199 of every area code are set aside for fiction. */
export function contactAt(index: number): string {
	const area = 201 + Math.floor(index / 100);
	if (area > 989) throw new Error('Out of made-up phone numbers');
	return `+1${area}55501${String(index % 100).padStart(2, '0')}`;
}

/** Hands out contacts that nobody has used before in this run. */
export class Contacts {
	private used = 0;

	next(): string {
		return contactAt(this.used++);
	}
}
