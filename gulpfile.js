'use strict';

require('tsx/cjs');
const { buildPackage, cleanPackage } = require('./scripts/build/build-package.ts');

const build = () => buildPackage();
build.displayName = 'build';

const clean = () => cleanPackage();
clean.displayName = 'clean';

module.exports = { build, clean, default: build };
