/**
 * What a page may do: run and show what this gateway serves, and talk to it. No inline script or style, no frame around it, no other
 * host; strings become markup only through Vue's own policy.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types vue',
].join('; ');

export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  // The address of a page may hold a sale's id; the checkout needs to know no more than where the buyer came from.
  'referrer-policy': 'strict-origin',
  // The checkout opens in a tab of its own, which must not reach back into this page.
  'cross-origin-opener-policy': 'same-origin-allow-popups',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};
