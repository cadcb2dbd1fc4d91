// A client of a Jupyter kernel: the Jupyter messaging protocol, version 5.3, over a DEALER (the kernel's shell) and a SUB
// (its iopub). https://jupyter-client.readthedocs.io/en/stable/messaging.html
//
// A message is the frames  [identities …, "<IDS|MSG>", signature, header, parent_header, metadata, content, buffers …],
// the four in the middle JSON, and the signature the HMAC-SHA256 of those four in hex. Requests go out on shell and their
// replies come back there; what a request does, and whether the kernel is busy, is published on iopub with the request's
// header as parent_header.

const DELIMITER = '<IDS|MSG>';
const HMAC = { name: 'HMAC', hash: 'SHA-256' };
const encoder = new TextEncoder();

export class Kernel {
  /** Called with "busy", "idle" or "starting", as the kernel says it, whoever keeps it busy. */
  onstatus = (state) => {};

  #shell;
  #iopub;
  #key;
  #session = crypto.randomUUID();
  #answers = new Map(); // by the msg_id of their request
  #sending = Promise.resolve();
  #warned = false;

  /** shell is a connected zmq.DEALER, iopub a connected zmq.SUB that subscribed to ''; key is the kernel's. */
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

  /** What the kernel is: {banner, language_info, protocol_version …}. */
  async info() {
    for await (const message of this.#request('kernel_info_request', {})) {
      if (message.type === 'kernel_info_reply') return message;
    }
  }

  /**
   * Runs code, at once, and iterates over what comes of it: {type: "stream", name, text}, {type: "execute_result", data},
   * "display_data", "error" … each with the content the protocol gives it, and at last {type: "execute_reply", status}.
   * Throws when the kernel goes away meanwhile.
   */
  execute(code) {
    return this.#request('execute_request', {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: false, // input() raises an error
      stop_on_error: true, // what was asked for behind it gets status "aborted"
    });
  }

  #request(type, content) {
    const id = crypto.randomUUID();
    const answer = new Answer();
    // One after the other: signing takes its time, and what is asked first shall run first.
    this.#sending = this.#sending
      .then(() => this.#send(id, type, content, answer))
      .catch((why) => answer.fail(why));
    return answer.messages(() => this.#answers.delete(id));
  }

  async #send(id, type, content, answer) {
    // From here on nothing published is missed: iopub.ready() is the proof that the subscription is in force.
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

  /** The message in these frames, or undefined when it is none that the kernel signed. */
  async #verified(parts) {
    const at = parts.findIndex((part) => String(part) === DELIMITER);
    const signed = parts.slice(at + 2, at + 6);
    if (at < 0 || signed.length < 4) return undefined;
    const signature = fromHex(String(parts[at + 1]));
    if (!(await crypto.subtle.verify(HMAC, await this.#key, signature, joined(signed)))) return undefined;
    const [header, parent_header, metadata, content] = signed.map((part) => part.json());
    return { header, parent_header, metadata, content, buffers: parts.slice(at + 6) };
  }

  /** Nothing that is under way will be answered. */
  #fail(why) {
    for (const answer of this.#answers.values()) answer.fail(why);
  }
}

/** All that comes back for one request. It is over when its reply came on shell and "idle" on iopub, in any order. */
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

  /** Messages were dropped on their way, "idle" perhaps among them. */
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
