// This is a client of a Jupyter kernel. It speaks the Jupyter messaging protocol, version 5.3, with two sockets of the kernel:
// through a DEALER with the one called shell, and through a SUB with the one called iopub.
// https://jupyter-client.readthedocs.io/en/stable/messaging.html
//
// A message has the parts [identities …, "<IDS|MSG>", signature, header, parent_header, metadata, content, buffers …]. The
// four from header to content are JSON, and the signature is their HMAC-SHA256 in hex. Requests are sent on shell, and their
// replies come back there. The kernel publishes on iopub what a request prints and shows, and whether the kernel is busy.
// These messages have the header of the request as their parent_header.

const DELIMITER = '<IDS|MSG>';
const HMAC = { name: 'HMAC', hash: 'SHA-256' };
const encoder = new TextEncoder();

export class Kernel {
  /** Is called with "busy", "idle" or "starting" when the kernel says so, whichever client has made it busy. */
  onstatus = (state) => {};

  #shell;
  #iopub;
  #key;
  #session = crypto.randomUUID();
  #answers = new Map(); // the Answer to each request under way, by the msg_id of the request
  #sending = Promise.resolve();
  #warned = false;

  /** shell is a connected zmq.DEALER. iopub is a connected zmq.SUB that has subscribed to ''. key is the kernel's key. */
  constructor(shell, iopub, key) {
    if (!crypto.subtle) throw new Error('signing needs crypto.subtle, which pages have on https:// and http://127.0.0.1 only');
    this.#shell = shell;
    this.#iopub = iopub;
    this.#key = crypto.subtle.importKey('raw', encoder.encode(key), HMAC, false, ['sign', 'verify']);
    for (const socket of [shell, iopub]) {
      socket.on('down', (address, why) => this.#fail(why));
      socket.on('error', (why) => this.#fail(why));
      this.#listen(socket).catch((why) => this.#fail(why));
    }
    shell.on('gap', () => this.#fail(new Error('the connection was lost, and with it the answer')));
    iopub.on('gap', ({ missed }) => {
      for (const answer of this.#answers.values()) answer.missed(missed);
    });
  }

  /** Asks the kernel what it is. The answer has banner, language_info, protocol_version and more. */
  async info() {
    for await (const message of this.#request('kernel_info_request', {})) {
      if (message.type === 'kernel_info_reply') return message;
    }
  }

  /**
   * Runs code at once, and iterates over the messages that it causes: {type: "stream", name, text},
   * {type: "execute_result", data}, "display_data", "error" and so on, each with the content that the protocol defines. The last
   * one is {type: "execute_reply", status}. It throws if the kernel goes away in the meantime.
   */
  execute(code) {
    return this.#request('execute_request', {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: false, // the function input() raises an error
      stop_on_error: true, // if the code fails, requests that wait behind it are not run; their status is "aborted"
    });
  }

  #request(type, content) {
    const id = crypto.randomUUID();
    const answer = new Answer();
    // Requests are signed and sent one after the other. Signing is asynchronous, and without this they could overtake each
    // other.
    this.#sending = this.#sending
      .then(() => this.#send(id, type, content, answer))
      .catch((why) => answer.fail(why));
    return answer.messages(() => this.#answers.delete(id));
  }

  async #send(id, type, content, answer) {
    // When iopub is ready, the publisher has the subscription. So nothing that it publishes from now on is missed.
    await Promise.all([this.#shell.ready(), this.#iopub.ready()]);
    this.#answers.set(id, answer);
    const header = {
      msg_id: id,
      msg_type: type,
      session: this.#session,
      username: 'page',
      date: new Date().toISOString(),
      version: '5.3',
    };
    const frames = [header, {}, {}, content].map((part) => JSON.stringify(part));
    const signature = await crypto.subtle.sign(HMAC, await this.#key, encoder.encode(frames.join('')));
    await this.#shell.send([DELIMITER, toHex(signature), ...frames]);
  }

  async #listen(socket) {
    for await (const parts of socket) {
      const message = await this.#verified(parts);
      if (message === undefined) {
        if (!this.#warned) console.warn('jupyter: messages that this key did not sign are ignored');
        this.#warned = true;
        continue;
      }
      const { header, parent_header, content, buffers } = message;
      const answer = this.#answers.get(parent_header.msg_id);
      if (header.msg_type === 'status') {
        this.onstatus(content.execution_state);
        if (content.execution_state === 'idle') answer?.idle();
      } else {
        answer?.take({ type: header.msg_type, ...content, buffers }, socket === this.#shell);
      }
    }
  }

  /** Returns the message in these parts, or undefined if it was not signed with the kernel's key. */
  async #verified(parts) {
    const at = parts.findIndex((part) => String(part) === DELIMITER);
    const signed = parts.slice(at + 2, at + 6);
    if (at < 0 || signed.length < 4) return undefined;
    const signature = fromHex(String(parts[at + 1]));
    if (!(await crypto.subtle.verify(HMAC, await this.#key, signature, joined(signed)))) return undefined;
    const [header, parent_header, metadata, content] = signed.map((part) => part.json());
    return { header, parent_header, metadata, content, buffers: parts.slice(at + 6) };
  }

  /** Ends all requests under way with an error, because they will not be answered. */
  #fail(why) {
    for (const answer of this.#answers.values()) answer.fail(why);
  }
}

/** All that comes back for one request. It ends when the reply has come on shell and "idle" on iopub, in any order. */
class Answer {
  #messages = [];
  #reply;
  #idle = false;
  #error;
  #news = Promise.withResolvers();

  async *messages(left) {
    try {
      for (;;) {
        const news = this.#news.promise;
        while (this.#messages.length > 0) yield this.#messages.shift();
        if (this.#error !== undefined) throw this.#error;
        if (this.#reply !== undefined && this.#idle) return yield this.#reply;
        await news;
      }
    } finally {
      left();
    }
  }

  take(message, isReply) {
    if (isReply) this.#reply = message;
    else this.#messages.push(message);
    this.#wake();
  }

  idle() {
    this.#idle = true;
    this.#wake();
  }

  /** Notes that messages were lost on their way. "idle" may have been one of them, so it is not waited for any more. */
  missed(count) {
    this.#messages.push({ type: 'gap', missed: count });
    this.idle();
  }

  fail(why) {
    this.#error ??= why;
    this.#wake();
  }

  #wake() {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}

function joined(frames) {
  const all = new Uint8Array(frames.reduce((length, frame) => length + frame.length, 0));
  let end = 0;
  for (const frame of frames) {
    all.set(frame, end);
    end += frame.length;
  }
  return all;
}

function toHex(buffer) {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function fromHex(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (digits) => parseInt(digits, 16));
}
