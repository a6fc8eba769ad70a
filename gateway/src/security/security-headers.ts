/**
 * A page may load and call this gateway only: no inline script or style, no embedding in a frame, no other host. Strings become markup
 * only through Vue's own policy, and the address of the one worker, which solves challenges, only through its own.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types vue seckill-worker',
].join('; ');

export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  // The address of a page may hold a sale's id; the checkout needs only the origin.
  'referrer-policy': 'strict-origin',
  // The checkout opens in its own tab, which must not get access to this page.
  'cross-origin-opener-policy': 'same-origin-allow-popups',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};
