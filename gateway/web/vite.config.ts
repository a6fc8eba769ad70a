import { defineConfig } from 'vite';
import { precompress } from './tools/build/precompress.ts';

const page = (name: string) => new URL(`./${name}.html`, import.meta.url).pathname;

/** Two pages, so that a buyer's phone does not load the operator's charts. Every file except the HTML has its hash in its name. */
export default defineConfig({
  root: new URL('.', import.meta.url).pathname,
  define: { __VUE_OPTIONS_API__: false, __VUE_PROD_DEVTOOLS__: false, __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: false },
  // tsconfig.json has `preserve`, so that TypeScript accepts children as slots of Vue components.
  oxc: { jsx: { runtime: 'automatic', importSource: 'vue' } },
  css: { transformer: 'lightningcss' },
  build: {
    target: ['chrome100', 'safari15.4', 'firefox100'],
    // No `data:` URLs: the content-security policy allows none.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { storefront: page('storefront'), console: page('console') } },
  },
  // `npm run dev -w seckill-web` beside `npm start`: serves the pages with hot reload, on the API of a running gateway.
  server: { proxy: { '/api': process.env['GATEWAY_URL'] ?? 'http://127.0.0.1:3000' } },
  plugins: [precompress()],
});
