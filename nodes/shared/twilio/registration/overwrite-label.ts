/** Of the option that allows to take over what another app has set. */
export const OVERWRITE_LABEL = 'Take Over From Another App';
