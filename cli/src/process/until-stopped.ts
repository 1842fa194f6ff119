/**
 * Settles when this process is asked to end: Ctrl-C, SIGTERM, or the loss of the parent that supervises it.
 * From then on further requests are ignored, since stopping has begun and its duration is bounded.
 */
export function untilStopped(): Promise<'SIGINT' | 'SIGTERM' | 'parent-gone'> {
  return new Promise((resolve) => {
    process.on('SIGINT', () => resolve('SIGINT'));
    process.on('SIGTERM', () => resolve('SIGTERM'));
    // Only a supervised process has a channel; `connected` is undefined elsewhere.
    if (process.connected) process.once('disconnect', () => resolve('parent-gone'));
    // A listener holds the channel open, and with it a process that has drained: it would have to be killed.
    process.channel?.unref();
  });
}
