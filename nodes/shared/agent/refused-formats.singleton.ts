/** Models, by base URL, that refused a response format once; the process need not ask them again. */
export const refusedFormats = new Set<string>();
