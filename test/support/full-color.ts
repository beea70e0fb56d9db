/** Imported first: colours as on a terminal that shows all of them. */
process.env.FORCE_COLOR = '3';
process.env.COLORTERM = 'truecolor';
process.env.TZ = 'UTC';

export {};
