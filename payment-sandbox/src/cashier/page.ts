import { sayMoney } from 'seckill-core';
import type { SandboxPayment } from '../books.ts';
import { cashierWords } from './words.ts';

const escaped = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

const STYLE = `
  :root { color-scheme: light dark; }
  *, *::before { box-sizing: border-box; }
  body { font: 16px/1.5 Inter, system-ui, "PingFang SC", "Noto Sans SC", "Noto Sans CJK SC", sans-serif; display: grid; grid-template-columns: minmax(0, 24rem); place-content: center; min-height: 100dvh; margin: 0; padding: 1rem; background: light-dark(#eef2f1, #101413); color: light-dark(#14201c, #eaf2ee); }
  main { padding: 1.75rem; border: 1px solid light-dark(#d3dcd9, #2b3431); border-top: 4px solid #137a4b; border-radius: 14px; background: light-dark(#fff, #191f1d); }
  h1 { font-size: 1.1rem; margin: 0; }
  p { margin: .5rem 0 0; }
  .amount { margin-top: 1.25rem; font-size: 2.2rem; line-height: 1.1; font-weight: 680; letter-spacing: -.02em; font-variant-numeric: tabular-nums; }
  .small { font-size: .875rem; color: light-dark(#51605b, #a3b1ab); overflow-wrap: anywhere; }
  form { display: grid; grid-template-columns: 1fr 1fr; gap: .75rem; margin-top: 1.5rem; }
  button { font: inherit; font-weight: 600; min-height: 3rem; padding: .5rem .75rem; border-radius: 10px; border: 1px solid light-dark(#7d8a85, #6f7c77); background: none; color: inherit; cursor: pointer; }
  button.pay { background: #137a4b; border-color: #137a4b; color: #fff; }
  a { color: inherit; }
  :focus-visible { outline: 3px solid light-dark(#1c5799, #8dbdfb); outline-offset: 2px; }
`;

function page(lang: string, title: string, body: string): string {
  return `<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body><main>${body}</main></body>
</html>
`;
}

const amount = ({ amountCents, currency }: SandboxPayment): string => escaped(sayMoney(amountCents, currency));

/** The page of a payment as it is now: it asks for the money while it can be paid. The buttons' addresses are relative to the page's. */
export function paymentPage(payment: SandboxPayment, acceptLanguage: string | undefined): string {
  const say = cashierWords(acceptLanguage);
  const { state, token, title, orderId, returnUrl } = payment;
  const head = `<p class="amount">${amount(payment)}</p>
<p class="small">${escaped(title)}</p>
<p class="small">${say.order} ${escaped(orderId)}</p>`;
  const back = returnUrl === undefined ? '' : `<p><a href="${escaped(returnUrl)}">${say.back}</a></p>`;
  if (state === 'PAID' || state === 'CLOSED') {
    const [told, hint] = state === 'PAID' ? [say.paid, say.paidHint] : [say.closed, say.closedHint];
    return page(say.lang, told, `<h1>${told}</h1>${head}<p>${hint}</p>${back}`);
  }
  const declined = state === 'DECLINED' ? `<p>${say.declined}. ${say.declinedHint}</p>` : '';
  return page(
    say.lang,
    say.title,
    `<h1>${say.head}</h1><p class="small">${say.noMoney}</p>
${head}${declined}
<form method="post">
<button class="pay" formaction="${token}/pay">${say.pay}</button>
<button formaction="${token}/decline">${say.decline}</button>
</form>${back}`,
  );
}

export function unknownPage(acceptLanguage: string | undefined): string {
  const say = cashierWords(acceptLanguage);
  return page(say.lang, say.unknown, `<h1>${say.unknown}</h1><p>${say.unknownHint}</p>`);
}
