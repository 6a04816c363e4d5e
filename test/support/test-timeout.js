'use strict';

// Jest heeds `testTimeout` at the top of its configuration only, not in a project's.
jest.setTimeout(globalThis.TEST_TIMEOUT_MS);
