'use strict';

/** Jest: a file as the text it holds, as the bundler gives it. */
module.exports = {
	process: (text) => ({ code: `module.exports = ${JSON.stringify(text)};` }),
};
