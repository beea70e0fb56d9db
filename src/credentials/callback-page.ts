/** The page the browser shows at the end of a sign-in. It contains no data of the login. */

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

export const callbackPage = (isSuccess: boolean, message: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>ccp: ${isSuccess ? 'signed in' : 'not signed in'}</title>
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; display: grid; place-items: center; min-height: 90vh; margin: 0; }
main { max-width: 34rem; padding: 2rem; }
h1 { font-size: 1.3rem; margin: 0 0 .5rem; color: ${isSuccess ? '#1a7f37' : '#b3261e'}; }
p { margin: 0; }
</style></head>
<body><main><h1>${isSuccess ? 'Signed in' : 'Not signed in'}</h1><p>${escapeHtml(message)}</p></main></body></html>
`;
