import { ZmqError } from '../errors.js';
import { after } from '../language/timer.js';
import { type WaitOptions, wrongWait } from '../language/wait.js';
import type { Message } from '../message/message.js';
import type { Source } from './inbox.js';

/**
 * Takes one message; undefined when there will be none. A message is handed out once and for all: when the time is over, or
 * the signal is aborted, in the very turn in which a message comes, the message is returned. If nothing had come by then,
 * the next message is left for whoever asks next.
 */
export async function receive(source: Source, options: WaitOptions): Promise<Message | undefined> {
  const wrong = wrongWait(options);
  if (wrong !== undefined) throw wrong;
  const { timeout = Infinity, signal } = options;
  signal?.throwIfAborted();
  const here = source.poll();
  if (here !== undefined) {
    source.done(here);
    return here.parts;
  }
  const waiter = source.take();
  const abort = (): void => waiter.giveUp(signal?.reason);
  const timer = after(timeout, () => waiter.giveUp(new ZmqError('timeout', 'no message in time')));
  signal?.addEventListener('abort', abort);
  try {
    const delivery = await waiter.promise;
    if (delivery !== undefined) source.done(delivery);
    return delivery?.parts;
  } finally {
    timer.cancel();
    signal?.removeEventListener('abort', abort);
  }
}
