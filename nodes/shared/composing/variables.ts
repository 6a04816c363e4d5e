import { beginningOf } from '../messaging/text-bounds';
import { outsideLine } from './outside-words';

/**
 * Variables in the builder's words: `{{first_name}}` stands for the fact "First name", and
 * `{{first_name|there}}` for "there" where it is not known.
 */

/** With a blank before it, which goes where nothing is put in and the sentence goes on without one. */
const VARIABLE = /([^\S\n]?)\{\{([^{}|\n]{1,100})(?:\|([^{}\n]{0,300}))?\}\}(?=([\s.,;:!?)]|$)?)/g;

/** Characters; a name or a date, not an essay. */
const LONGEST_VALUE = 200;

/** What a fact is called in a prompt, beside its own name. */
const ALSO_CALLED: Readonly<Record<string, string>> = {
	name: 'name_of_the_contact',
	time_zone: 'time_zone_of_the_contact',
};

/**
 * The builder's words, filled with facts by name, in whatever case and with blanks, hyphens or "_"
 * between its words. Values are others' words: one line each, which cannot pose as a mark of ours, and
 * in quotes where they are more than a few plain words.
 *
 * @param unfilled is told each name that no fact has, and that has no default: nothing stands there.
 */
export function withVariables(
	words: string,
	facts: Readonly<Record<string, string>>,
	unfilled: (name: string) => void = () => {},
): string {
	const values = new Map(Object.entries(facts).map(([name, value]) => [plainName(name), value]));
	return words.replace(
		VARIABLE,
		(_, before: string, name: string, usual?: string, after?: string) => {
			const plain = plainName(name);
			const known = values.get(plain) ?? values.get(ALSO_CALLED[plain] ?? '');
			const value = shownValue(known ?? '');
			if (value !== '') return before + value;
			if (usual === undefined) unfilled(name.trim());
			const filled = usual?.trim() ?? '';
			return filled === '' && after !== undefined ? '' : before + filled;
		},
	);
}

/** Words without their variables, for whoever looks for brackets that are none. */
export function withoutVariables(words: string): string {
	return words.replace(VARIABLE, (_, before: string) => before);
}

/** Whether the words have a variable that the facts of a contact fill. */
export function hasVariables(words: string): boolean {
	return withoutVariables(words) !== words;
}

function plainName(name: string): string {
	return name
		.trim()
		.toLowerCase()
		.replace(/[\s_-]+/g, '_');
}

/** Letters, digits and what stands in names, dates, prices and addresses. */
const PLAIN = /^[\p{L}\p{M}\p{N} .,'’&/@+#%$€£()_-]{1,60}$/u;
/** With more, a value may be a sentence that tells the model what to do. */
const FEW_WORDS = 4;

function shownValue(value: string): string {
	const bounded = beginningOf(value, LONGEST_VALUE);
	const line = outsideLine(bounded.replace(/[{}]+/g, ' ')).replace(/["“”„«»]/g, "'");
	const shown = value.length > LONGEST_VALUE ? `${line}...` : line;
	const isPlain = PLAIN.test(shown) && shown.split(' ').length <= FEW_WORDS;
	return shown === '' || isPlain ? shown : `"${shown}"`;
}
