import '../styles/tokens.css';
import '../styles/base.css';
import '../styles/controls.css';
import '../styles/frame.css';
import '../styles/motion.css';
import '../ui/theme.ts';
import { createApp } from 'vue';
import { Storefront } from './storefront.tsx';

createApp(Storefront).mount('#page');
