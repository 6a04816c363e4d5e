import { readFileSync, writeFileSync } from 'node:fs';
import { readmeForNpm } from './build/pages';

// Puts the addresses of this version into the README of the folder it runs in, for npm's page, which
// shows no relative link. Part of `npm publish`, which puts the README back afterwards. npm reads it
// before it packs and again after that, so that is too early.

const README = 'README.md';
writeFileSync(README, readmeForNpm(readFileSync(README, 'utf8')));
