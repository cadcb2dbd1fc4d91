// This is a second implementation of zwb.v1, written from core/PROTOCOL.md alone. The engine in zmq.wasm is tested against it.

export const kinds = {
  Hello: [0x01, 'version', 'limit', 'seq', 'name', 'text', 'params', '[flags]'],
  Welcome: [0x02, 'version', 'flags', 'limit', 'millis', 'retain', 'seq', 'code', 'name', 'text'],
  Ack: [0x03, 'seq'],
  Ping: [0x04, 'id'],
  Pong: [0x05, 'id'],
  GoAway: [0x06, 'millis', 'text'],
  Expiring: [0x07, 'millis', 'code', 'text'],
  Credentials: [0x08, 'params'],
  Open: [0x20, 'socket', 'id', 'type', 'flags', 'messages', 'bytes', 'name', 'text', 'params'],
  Opened: [0x21, 'socket', 'id', '[text]'],
  Refused: [0x22, 'socket', 'id', 'code', 'text'],
  State: [0x23, 'socket', 'id', 'code', 'text'],
  Close: [0x24, 'socket', '[millis]'],
  Closed: [0x25, 'socket', 'code', 'text', '[messages]'],
  Subscribe: [0x26, 'socket', 'id', 'flags', 'millis', 'name'],
  Subscribed: [0x27, 'socket', 'id'],
  Unsubscribe: [0x28, 'socket', 'id'],
  Unsubscribed: [0x29, 'socket', 'id', 'code', 'text'],
  Message: [0x2a, 'socket', 'body'],
  Request: [0x2b, 'socket', 'id', 'flags', 'millis', 'body'],
  Reply: [0x2c, 'socket', 'id', 'body'],
  Failed: [0x2d, 'socket', 'id', 'code', 'text'],
  Cancel: [0x2e, 'socket', 'id'],
  Credit: [0x2f, 'socket', 'messages', 'bytes'],
  Gap: [0x30, 'socket', 'id', 'messages', 'code'],
  Publication: [0x31, 'socket', 'id', 'offset', 'body'],
  Position: [0x32, 'socket', 'id', 'flags', 'messages', 'offset', 'name'],
  Recover: [0x33, 'socket', 'id', 'offset', 'name'],
  Disconnect: [0x34, 'socket', 'id'],
  Disconnected: [0x35, 'socket', 'id'],
  Left: [0x36, 'socket', 'id', 'messages'],
};

/** The name of a field in brackets, which is the last one of its frame, and is left out where it is 0 or empty. */
const optionalField = (field) => /^\[(\w+)\]$/.exec(field)?.[1];

const names = new Map(Object.entries(kinds).map(([name, [number]]) => [number, name]));

/** Tells whether a frame is numbered (PROTOCOL.md, section 4). */
export const isNumbered = ({ kind }) => kinds[kind][0] >= 0x20;

const bytesOf = (value = '') => (typeof value === 'string' ? new TextEncoder().encode(value) : value);
const textOf = (bytes) => new TextDecoder().decode(bytes);

function uvarint(value) {
  const out = [];
  for (; value >= 128; value = Math.floor(value / 128)) out.push((value % 128) + 128);
  return [...out, value];
}

function concat(chunks) {
  const out = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}

function encodeBody(parts) {
  const all = parts.map(bytesOf);
  const lengths = all.slice(0, -1).flatMap((part) => uvarint(part.length));
  return concat([uvarint(all.length), lengths, ...all]);
}

/** Encodes { kind, ...fields }. The field body has the parts of a message. */
export function encodeFrame(frame) {
  const [number, ...fields] = kinds[frame.kind];
  const chunks = fields.flatMap((given) => {
    const optional = optionalField(given);
    if (optional !== undefined && !frame[optional]) return [];
    const field = optional ?? given;
    if (field === 'body') return [encodeBody(frame.body)];
    if (!['name', 'text', 'params'].includes(field)) return [uvarint(frame[field] ?? 0)];
    const bytes = bytesOf(frame[field]);
    return [uvarint(bytes.length), bytes];
  });
  const payload = concat([[number], ...chunks]);
  return concat([uvarint(payload.length), payload]);
}

export const encodeBatch = (frames) => concat(frames.map(encodeFrame));

class Reader {
  constructor(bytes) {
    this.rest = bytes;
  }
  uvarint() {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const [byte] = this.take(1);
      value += (byte % 128) * shift;
      if (byte < 128) return value;
    }
  }
  take(size) {
    if (size > this.rest.length) throw new Error('the frame is cut short');
    const taken = this.rest.slice(0, size);
    this.rest = this.rest.subarray(size);
    return taken;
  }
}

function decodeFields(name, reader) {
  const frame = { kind: name };
  for (const given of kinds[name].slice(1)) {
    const optional = optionalField(given);
    const field = optional ?? given;
    if (optional !== undefined && reader.rest.length === 0) frame[field] = field === 'text' ? '' : 0;
    else if (field === 'body') {
      const lengths = Array.from({ length: reader.uvarint() - 1 }, () => reader.uvarint());
      frame.body = [...lengths.map((size) => reader.take(size)), reader.take(reader.rest.length)];
    } else if (field === 'text' || field === 'params') frame[field] = textOf(reader.take(reader.uvarint()));
    else if (field === 'name') frame[field] = reader.take(reader.uvarint());
    else frame[field] = reader.uvarint();
  }
  return frame;
}

/** Decodes a WebSocket message. Bodies and names become bytes, and other text becomes strings. */
export function decodeBatch(bytes) {
  const frames = [];
  for (const batch = new Reader(bytes); batch.rest.length > 0; ) {
    const reader = new Reader(batch.take(batch.uvarint()));
    frames.push(decodeFields(names.get(reader.take(1)[0]), reader));
  }
  return frames;
}
