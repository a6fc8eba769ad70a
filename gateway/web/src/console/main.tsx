import '../styles/tokens.css';
import '../styles/base.css';
import '../styles/controls.css';
import '../styles/frame.css';
import '../styles/motion.css';
import './console.css';
import '../ui/theme.ts';
import { createApp } from 'vue';
import { Console } from './console.tsx';

createApp(Console).mount('#page');
