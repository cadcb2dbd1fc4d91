import type { Attachments } from '../attachment/attachments.js';
import { PULL, type SocketType, SUB, XSUB } from '../attachment/sockettype.js';
import { type WaitOptions, within } from '../language/wait.js';
import type { Reception } from '../reception/reception.js';
import type { Requests } from './requests.js';
import type { Sender } from './sender.js';

/** What Drain needs of a socket. */
interface Draining {
  readonly type: SocketType;
  readonly attachments: Attachments;
  readonly requests: Requests;
  readonly reception: Reception;
  readonly sender: Sender;
}

/**
 * Waits until a socket has done what it had begun: what it sends was taken, its requests are answered, and the
 * page is done with all that has come. A socket that only receives lets go of its addresses first, so that nothing more comes.
 */
export function drained({ type, attachments, requests, reception, sender }: Draining, options: WaitOptions): Promise<void> {
  const onlyReceives = type === SUB || type === PULL || type === XSUB;
  const all = async (): Promise<void> => {
    if (onlyReceives) await attachments.detachAll();
    await sender.idle.promise;
    await requests.idle.promise;
    await reception.idle.promise;
  };
  return within(all(), options, () => 'the socket was not drained in time');
}
