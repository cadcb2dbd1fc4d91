// A client in JavaScript, as a page has it, whose session goes from bridge to bridge.
//
// Usage: page.mjs MODULE URL ECHO PULL. It asks ECHO, ten requests at a time, and sends numbers to PULL, until a line comes on stdin. It prints a line of JSON whenever its session
// goes on or is gone, and one in the end, which says what it has done.
const [, , module, url, echo, pull] = process.argv;
const zmq = await import(module);
const context = new zmq.Context(url);
const say = (what) => console.log(JSON.stringify(what));
context.on('resumed', () => say({ event: 'resumed' }));
context.on('reset', () => say({ event: 'reset' }));
const req = context.Socket(zmq.REQ);
const push = context.Socket(zmq.PUSH);
req.connect(echo);
push.connect(pull);
let going = true;
let asked = 0;
let pushed = 0;
const failed = [];
process.stdin.once('data', () => (going = false));
const ask = async () => {
  while (going) {
    const text = String(++asked);
    try {
      const [answer] = await req.request(text);
      if (String(answer) !== text) failed.push(`asked ${text}, got ${answer}`);
    } catch (error) {
      failed.push(String(error));
    }
  }
};
const send = async () => {
  while (going) {
    await push.send(String(pushed + 1));
    pushed++;
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
};
say({ event: 'begun' });
await Promise.all([send(), ...Array.from({ length: 10 }, ask)]);
say({ event: 'done', asked, pushed, failed });
process.stdin.once('end', () => process.exit());
