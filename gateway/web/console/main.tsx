import '../shared/styles/tokens.css';
import '../shared/styles/base.css';
import '../shared/styles/controls.css';
import '../shared/styles/frame.css';
import '../shared/styles/motion.css';
import './console.css';
import '../shared/ui/theme.ts';
import { createApp } from 'vue';
import { Console } from './console.tsx';

createApp(Console).mount('#page');
