/* global ResizeObserver */
/**
 * Keeps the end of a list in sight while it grows, until somebody scrolls up. Returns a function
 * to call after the list has changed; `true` brings the end into sight in any case.
 */
export function keepEndInSight(list) {
	let pinned = true;
	let last = { top: 0, height: 0 };
	const settle = (force = false) => {
		pinned ||= force;
		if (pinned) list.scrollTop = list.scrollHeight;
	};
	list.addEventListener('scroll', () => {
		const { scrollTop: top, scrollHeight: height, clientHeight } = list;
		if (height - top - clientHeight < 60) pinned = true;
		else if (top < last.top && height === last.height) pinned = false;
		last = { top, height };
	});
	new ResizeObserver(() => settle()).observe(list);
	list.addEventListener('load', () => settle(), true);
	return settle;
}
