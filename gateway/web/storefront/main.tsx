import '../shared/styles/tokens.css';
import '../shared/styles/base.css';
import '../shared/styles/controls.css';
import '../shared/styles/frame.css';
import '../shared/styles/motion.css';
import '../shared/ui/theme.ts';
import { createApp } from 'vue';
import { Storefront } from './storefront.tsx';

createApp(Storefront).mount('#page');
