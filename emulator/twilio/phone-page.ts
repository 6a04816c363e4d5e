import { join } from 'node:path';
import { Router, static as serveFiles } from 'express';

const FILES = join(__dirname, '..', 'phone-page');

/** The page that stands for a contact's phone. */
export function phonePage(): Router {
	const router = Router({ strict: true });
	router.get('/', (_request, response) => response.redirect('/phone'));
	router.get('/phone', (_request, response) => response.sendFile(join(FILES, 'index.html')));
	router.use('/phone', serveFiles(FILES, { index: false }));
	return router;
}
