interface Signals {
  on(signal: 'SIGINT', listener: () => void): unknown;
  off(signal: 'SIGINT', listener: () => void): unknown;
}

/**
 * Returns the `onInterrupt` of a terminal. Ctrl-C under `npm run` arrives twice: from the terminal and from the starting script. Without a
 * listener, the second would end the process before the command has said what goes on. So a listener that was called stays.
 */
export function interruptsOf(signals: Signals): (listener: () => void) => () => void {
  return (listener) => {
    let came = false;
    const onSignal = () => {
      came = true;
      listener();
    };
    signals.on('SIGINT', onSignal);
    return () => {
      if (!came) signals.off('SIGINT', onSignal);
    };
  };
}
