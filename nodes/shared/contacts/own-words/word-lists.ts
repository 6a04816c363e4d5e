import de from './lists/de.json';
import en from './lists/en.json';
import es from './lists/es.json';
import fr from './lists/fr.json';
import it from './lists/it.json';
import pt from './lists/pt.json';

/** Words that somebody else decided on, a law or a phone company, and who. */
interface SourcedWords {
	source: string;
	words: readonly string[];
}

/**
 * The words of one language. Where a line is a pattern, `<name>` stands for any words of that group,
 * `?` behind a word or a group says that it may be missing, and `_` stands for up to three words.
 */
export interface WordList {
	language: string;
	/** With nothing but courtesy around them they opt out. */
	keywords: readonly SourcedWords[];
	/** Keywords that often mean something else: alone they opt out, with courtesy they are doubtful. */
	ambiguous: readonly SourcedWords[];
	groups: Readonly<Record<string, readonly string[]>>;
	/** Patterns that opt out wherever they stand. */
	phrases: readonly string[];
	/** Patterns that opt out where their part of a sentence ends behind them, but for courtesy. */
	closing: readonly string[];
	/** Patterns that opt out where the text says nothing else, and are doubtful beside other words. */
	alone: readonly string[];
	/** Patterns that opt out where the text says nothing else, and mean nothing beside other words. */
	onlyAlone: readonly string[];
	/** Patterns that are doubtful where the text says nothing else: they also answer a question. */
	doubtfulAlone: readonly string[];
	/** Patterns that are doubtful wherever they stand. */
	doubtful: readonly string[];
	/** Patterns that may stand around an opt-out and say nothing by themselves. */
	courtesy: readonly string[];
	/** Words that begin something new ("or", "because"), so that what stands before them has ended. */
	closers: readonly string[];
	/** Patterns that make a keyword beside them certain, and are an ordinary text by themselves. */
	support: readonly string[];
	/** Patterns: directly before a phrase they turn it around ("don't"). */
	unlessAfter: readonly string[];
	/** Words: before a phrase in its sentence they tell that it is about somebody else. */
	unlessAbout: readonly string[];
	/** Patterns: behind a phrase in its sentence they limit it ("before 9"), so that it is doubtful. */
	limits: readonly string[];
	/** Patterns: directly behind a keyword they tell that it is a word like any other ("stop by"). */
	unlessBefore: readonly string[];
	/** Words in which one wrong letter is overlooked, and words that are not such a mistake. */
	typos: { of: readonly string[]; not: readonly string[] };
}

export const WORD_LISTS: readonly WordList[] = [en, es, fr, pt, de, it];
