// zmq.js, which the page loads before the console, leaves one global: the client that any page has.
declare const zmq: typeof import('zmq-web-bridge');

// What the browser has and the library of this TypeScript does not know yet: JSON.rawJSON keeps a number's digits.
interface JSON {
  rawJSON?(text: string): object;
}
