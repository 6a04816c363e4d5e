const GSM7 = new Set(
	'@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
const GSM7_EXTENSION = new Set('^{}\\[~]|€\f');

/** Counts as Twilio bills: 160/153 GSM-7 characters, or else 70/67 UTF-16 units. */
export function countSegments(text) {
	const graphemes = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
	const characters = graphemes.flatMap((grapheme) =>
		grapheme === '\r\n' ? ['\r', '\n'] : [grapheme],
	);
	const isGsm7 = characters.every((each) => GSM7.has(each) || GSM7_EXTENSION.has(each));
	const sizes = characters.map((each) =>
		isGsm7 ? (GSM7_EXTENSION.has(each) ? 2 : 1) : each.length,
	);
	const units = sizes.reduce((sum, size) => sum + size, 0);
	const [single, each] = isGsm7 ? [160, 153] : [70, 67];
	const encoding = isGsm7 ? 'GSM-7' : 'UCS-2';
	if (units <= single) return { numSegments: 1, encoding, units, capacity: single };
	// A character is never split between two segments.
	let numSegments = 1;
	let used = 0;
	for (const size of sizes) {
		if (used + size > each) {
			numSegments += 1;
			used = 0;
		}
		used += size;
	}
	return { numSegments, encoding, units, capacity: numSegments * each };
}
