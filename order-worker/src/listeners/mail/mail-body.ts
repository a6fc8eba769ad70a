import type { Language, Words } from '../notices/order-words.ts';

export const textOf = ({ lines, link }: Words, url: string, shop: string): string =>
  [...lines, `${link}: ${url}`, shop].join('\n\n');

/** Inline styles and a table: mail programs know little more. */
export const htmlOf = ({ subject, lines, link }: Words, url: string, shop: string, language: Language): string =>
  `<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(subject)}</title></head>
<body style="margin:0;background:#f4f4f5;color:#18181b;font:16px/1.5 system-ui,'Segoe UI','PingFang SC','Microsoft YaHei',sans-serif">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center" style="padding:24px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px;background:#ffffff;border-radius:8px">
<tr><td style="padding:32px">
${lines.map((line) => `<p style="margin:0 0 16px">${escapeHtml(line)}</p>`).join('\n')}
<p style="margin:24px 0"><a href="${escapeHtml(url)}" style="display:inline-block;padding:12px 24px;border-radius:6px;background:#b91c1c;color:#ffffff;text-decoration:none">${escapeHtml(link)}</a></p>
<p style="margin:0;color:#52525b">${escapeHtml(shop)}</p>
</td></tr></table>
</td></tr></table>
</body>
</html>`;

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => ESCAPES[char] ?? char);
