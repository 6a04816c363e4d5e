import { beginningOf } from '../messaging/text-bounds';

/**
 * Whether a text tells the contact that something was done: booked, cancelled, sent. What is offered,
 * asked, planned or denied is none. A rule of thumb in six languages: it decides only whether a person
 * looks at a reply that names no action.
 */
export function tellsOfDeed(text: string): boolean {
	const words = beginningOf(text).normalize('NFC').replace(/[’‘]/g, "'");
	return DEEDS.some(({ deed, hedge }) =>
		[...words.matchAll(deed)].some((found) => {
			const before = words.slice(0, found.index).split(CLAUSE_ENDS).at(-1) ?? '';
			const after = /^[^.!?;,\n]*(.?)/.exec(words.slice(found.index + found[0].length));
			const isAsked = after?.[1] === '?';
			return !isAsked && !hedge.test(`${before} ${found[0]}`);
		}),
	);
}

const CLAUSE_ENDS = /[.!?;:,\n]/;

interface Deeds {
	deed: RegExp;
	/** What stands before it in its clause where it was not done, or not yet. */
	hedge: RegExp;
}

/** Without half words: `\b` knows no accents. */
const START = String.raw`(?<![\p{L}\p{N}])`;
const END = String.raw`(?![\p{L}\p{N}])`;
/** Where a sentence begins, and the words that people begin it with. */
const OPENING = String.raw`(?:^|[.!?:;,–—\n-]\s{0,3})(?:(?:ok(?:ay)?|great|perfect|alright|all right|sure|good news|yes|thanks|thank you|perfecto|genial|sí|parfait|super|oui|prima|gut|ja|perfeito|ótimo|sim|perfetto|bene|sì)[,!. ]+)?`;

function deeds(parts: readonly string[], hedge: string): Deeds {
	return {
		deed: new RegExp(parts.map((part) => `(?:${part})`).join('|'), 'giu'),
		hedge: new RegExp(`${START}(?:${hedge})${END}|n't${END}`, 'iu'),
	};
}

const EN = String.raw`(?:re)?booked|(?:re)?scheduled|reserved|confirmed|cancell?ed|moved|changed|updated|added|removed|placed|ordered|submitted|sent|e-?mailed|texted|forwarded|notified|informed|charged|refunded|processed|paid|credited|registered|enrolled|signed|arranged|assigned|dispatched|transferred|logged|recorded|noted|created|opened|saved|blocked|locked|secured|issued|applied|waived|extended|activated|completed|finali[sz]ed|fixed|passed|put|made|let|got|set|pencill?ed|rebooked|delivered|shipped|returned|reset|held|kept`;
const EN_STATE = String.raw`${EN}|done|all set|taken care of|sorted|good to go|on (?:the|our|your) (?:calendar|schedule|list|books)|in (?:the|our) (?:calendar|schedule|system|books|diary)|on (?:its|the|their) way|official|complete|in place|down for`;
const EN_FILLER = String.raw`(?:(?:just|already|now|also|gone ahead and|went ahead and|successfully|all|officially|both|been|being|fully|safely|hereby) )*`;

const ES = String.raw`(?:reservad|agendad|programad|reprogramad|confirmad|cancelad|cambiad|enviad|anotad|registrad|apuntad|movid|actualizad|pagad|reembolsad|avisad|tramitad|solucionad|completad|pedid|guardad)[oa]s?|hech[oa]s?|list[oa]s?`;
const FR = String.raw`(?:réserv|confirm|annul|programm|planifi|reprogrammé|déplac|modifi|envoy|not|enregistr|fix|rembours|command|transmis|effectu|préven|inform|valid|bloqu|ajout)(?:é|ée|és|ées|u|ue)?|inscrite?s?|prise?s?|faite?s?|réglée?s?|mise?s?`;
const DE = String.raw`(?:um)?gebucht|reserviert|bestätigt|storniert|abgesagt|verschoben|eingetragen|geändert|gesendet|geschickt|verschickt|vorgemerkt|notiert|erledigt|vereinbart|angelegt|erstattet|bestellt|weitergeleitet|informiert|hinterlegt|aktualisiert|verlegt|eingeplant|gespeichert`;
const PT = String.raw`(?:reservad|agendad|reagendad|marcad|remarcad|confirmad|cancelad|enviad|alterad|registrad|anotad|atualizad|pag|reembolsad|avisad|concluíd|resolvid)[oa]s?|feit[oa]s?|pront[oa]s?`;
const IT = String.raw`(?:prenotat|confermat|annullat|cancellat|spostat|fissat|inviat|mandat|registrat|segnat|modificat|aggiornat|rimborsat|ordinat|avvisat|inserit|completat|riservat|programmat)[oaie]|fatt[oaie]`;

const DEEDS: readonly Deeds[] = [
	deeds(
		[
			String.raw`${START}(?:I|we)(?:'ve| have|'m| am|'re| are)? ${EN_FILLER}(?:${EN})${END}(?=\s+(?:you|your|it|that|this|the|them|these|those|an?|him|her|everything|all|in|for|out|down|one|\d)|[.!,]|$)`,
			String.raw`${START}(?:is|are|was|were|it's|that's|you're|he's|she's|they're|been|has|have|everything's|appointment's|order's) ${EN_FILLER}(?:${EN_STATE})${END}`,
			String.raw`${OPENING}${EN_FILLER}(?:booked|rebooked|scheduled|rescheduled|reserved|confirmed|cancell?ed|done|all set|sent|updated|moved|ordered|refunded|paid)${END}`,
			String.raw`${START}consider (?:it|that|this|yourself) `,
			String.raw`${START}(?:got|have|put|have got) you ${EN_FILLER}(?:down|booked|scheduled|in|set|signed up|on)${END}`,
			String.raw`${START}(?:confirmation|reference|booking|order|ticket) (?:number|code|id|reference)(?: is|:| #)`,
			String.raw`${START}(?:technician|driver|plumber|crew|team|someone) (?:is|are) (?:now |already )?(?:on (?:the|their|his|her) way|coming)${END}`,
		],
		String.raw`if|once|when|until|unless|before|as soon as|whether|should|would|could|can|can't|cannot|shall|may|might|will|won't|not|never|hasn't|to be|want|like|unable|yet to|nothing|no longer|let me know|in case`,
	),
	deeds(
		[
			String.raw`${START}(?:he|hemos|ha sido|han sido|fue|fueron|está|están|estás|queda|quedan|quedó|quedaste|ya) (?:\p{L}+ ){0,3}(?:${ES})${END}`,
			String.raw`${START}(?:reservé|agendé|programé|cancelé|confirmé|envié|cambié|anoté|avisé|registré|moví|reservamos|agendamos|cancelamos|enviamos|cambiamos|anotamos)${END}`,
			String.raw`${OPENING}(?:listo|hecho|reservado|reservada|confirmado|confirmada|agendado|agendada|cancelado|cancelada|enviado)${END}`,
		],
		'no|nunca|si|cuando|puedo|podemos|podría|podríamos|quiere|quieres|será|sería|hasta|antes|aún|todavía|tampoco',
	),
	deeds(
		[
			String.raw`${START}(?:j'ai|nous avons|on a|a été|ont été|est|sont|c'est|êtes|vous êtes|a bien été) (?:bien |déjà |maintenant |été |donc )*(?:${FR})${END}`,
			String.raw`${OPENING}(?:c'est fait|c'est réservé|c'est noté|réservé|confirmé|annulé|fait|envoyé)${END}`,
		],
		'ne|n|pas|jamais|si|quand|peux|pouvons|pourrais|pourrions|voulez|veux|sera|serait|avant|encore|impossible|dès que|lorsque',
	),
	deeds(
		[
			String.raw`${START}(?:ist|sind|wurde|wurden|habe|haben|hab|bist|seid) [^.!?]{0,60}?${START}(?:${DE})${END}`,
			String.raw`${OPENING}(?:${DE})${END}`,
		],
		'nicht|kein|keine|keinen|nie|wenn|falls|sobald|kann|können|könnte|könnten|soll|sollen|möchten|wird|würde|bevor|leider|noch',
	),
	deeds(
		[
			String.raw`${START}(?:foi|foram|está|estão|fica|ficou|tenho|temos|já) (?:\p{L}+ ){0,3}(?:${PT})${END}`,
			String.raw`${START}(?:reservei|agendei|reagendei|marquei|remarquei|cancelei|confirmei|enviei|alterei|anotei|avisei|registrei|reservamos|agendamos|marcamos|cancelamos|enviamos)${END}`,
			String.raw`${OPENING}(?:pronto|feito|agendado|agendada|marcado|marcada|reservado|reservada|confirmado|confirmada|cancelado|cancelada|enviado)${END}`,
		],
		'não|nunca|se|quando|posso|podemos|poderia|quer|será|seria|antes|ainda|até',
	),
	deeds(
		[
			String.raw`${START}(?:ho|abbiamo|è|sono|è stat[oa]|sono stat[ie]|risulta) (?:\p{L}+ ){0,3}(?:${IT})${END}`,
			String.raw`${OPENING}(?:${IT})${END}`,
		],
		'non|mai|se|quando|posso|possiamo|potrei|potremmo|vuole|vuoi|sarà|sarebbe|prima|ancora|appena',
	),
];
