'use strict';

/**
 * Resolves as Jest does and, where a relative `./name.js` does not exist, tries `./name.ts`:
 * TypeScript wants the `.js` ending in `await import('./name.js')`.
 */
module.exports = (request, options) => {
	try {
		return options.defaultResolver(request, options);
	} catch (error) {
		if (!/^\.{1,2}\/.*\.js$/.test(request)) throw error;
		return options.defaultResolver(request.replace(/\.js$/, '.ts'), options);
	}
};
