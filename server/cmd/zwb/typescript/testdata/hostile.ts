// Written by zwb types, which writes it anew: the endpoints that a bridge has names for, as far as a user may reach them.
export interface Hostile {
  '': {
    types: 'SUB' | 'REQ';
    topics: '' | 'x';
    functions: {
      ''(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  '\u{0}\u{1b}[2J': {
    types: 'SUB' | 'REQ';
    topics: '\u{0}\u{1b}[2J' | 'x';
    functions: {
      '\u{0}\u{1b}[2J'(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  '"': {
    types: 'SUB' | 'REQ';
    topics: '"' | 'x';
    functions: {
      '"'(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  '${x}': {
    types: 'SUB' | 'REQ';
    topics: '${x}' | 'x';
    functions: {
      '${x}'(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  '\'; }\u{a}declare const any: any; interface X { y: \'': {
    types: 'SUB' | 'REQ';
    topics: '\'; }\u{a}declare const any: any; interface X { y: \'' | 'x';
    functions: {
      '\'; }\u{a}declare const any: any; interface X { y: \''(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  '*/': {
    types: 'SUB' | 'REQ';
    topics: '*/' | 'x';
    functions: {
      '*/'(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  '-': {
    types: 'SUB' | 'REQ';
    topics: '-' | 'x';
    functions: {
      '-'(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  '/* ': {
    types: 'SUB' | 'REQ';
    topics: '/* ' | 'x';
    functions: {
      '/* '(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  '// x': {
    types: 'SUB' | 'REQ';
    topics: '// x' | 'x';
    functions: {
      '// x'(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  '0': {
    types: 'SUB' | 'REQ';
    topics: '0' | 'x';
    functions: {
      '0'(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  '1.5': {
    types: 'SUB' | 'REQ';
    topics: '1.5' | 'x';
    functions: {
      '1.5'(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  __proto__: {
    types: 'SUB' | 'REQ';
    topics: '__proto__' | 'x';
    functions: {
      __proto__(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  '`': {
    types: 'SUB' | 'REQ';
    topics: '`' | 'x';
    functions: {
      '`'(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  'a\u{a}b': {
    types: 'SUB' | 'REQ';
    topics: 'a\u{a}b' | 'x';
    functions: {
      'a\u{a}b'(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  'a\u{d}\u{9}b': {
    types: 'SUB' | 'REQ';
    topics: 'a\u{d}\u{9}b' | 'x';
    functions: {
      'a\u{d}\u{9}b'(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  'a\'b': {
    types: 'SUB' | 'REQ';
    topics: 'a\'b' | 'x';
    functions: {
      'a\'b'(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  'a\\': {
    types: 'SUB' | 'REQ';
    topics: 'a\\' | 'x';
    functions: {
      'a\\'(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  async: {
    types: 'SUB' | 'REQ';
    topics: 'async' | 'x';
    functions: {
      async(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  'a\u{2028}b\u{2029}c': {
    types: 'SUB' | 'REQ';
    topics: 'a\u{2028}b\u{2029}c' | 'x';
    functions: {
      'a\u{2028}b\u{2029}c'(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  constructor: {
    types: 'SUB' | 'REQ';
    topics: 'constructor' | 'x';
    functions: {
      constructor(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  default: {
    types: 'SUB' | 'REQ';
    topics: 'default' | 'x';
    functions: {
      default(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  export: {
    types: 'SUB' | 'REQ';
    topics: 'export' | 'x';
    functions: {
      export(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  'fx.eur': {
    types: 'SUB' | 'REQ';
    topics: 'fx.eur' | 'x';
    functions: {
      'fx.eur'(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  get: {
    types: 'SUB' | 'REQ';
    topics: 'get' | 'x';
    functions: {
      get(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  'größe': {
    types: 'SUB' | 'REQ';
    topics: 'größe' | 'x';
    functions: {
      'größe'(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  'new': {
    types: 'SUB' | 'REQ';
    topics: 'new' | 'x';
    functions: {
      'new'(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  readonly: {
    types: 'SUB' | 'REQ';
    topics: 'readonly' | 'x';
    functions: {
      readonly(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  set: {
    types: 'SUB' | 'REQ';
    topics: 'set' | 'x';
    functions: {
      set(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  static: {
    types: 'SUB' | 'REQ';
    topics: 'static' | 'x';
    functions: {
      static(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  twice: {
    types: 'SUB';
    topics: 'a';
    functions: {
      f(...args: unknown[]): unknown;
    };
  };
  type: {
    types: 'SUB' | 'REQ';
    topics: 'type' | 'x';
    functions: {
      type(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  '}; }': {
    types: 'SUB' | 'REQ';
    topics: '}; }' | 'x';
    functions: {
      '}; }'(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  '\u{202e}a': {
    types: 'SUB' | 'REQ';
    topics: '\u{202e}a' | 'x';
    functions: {
      '\u{202e}a'(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  '日本': {
    types: 'SUB' | 'REQ';
    topics: '日本' | 'x';
    functions: {
      '日本'(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  '\u{feff}': {
    types: 'SUB' | 'REQ';
    topics: '\u{feff}' | 'x';
    functions: {
      '\u{feff}'(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  '😀': {
    types: 'SUB' | 'REQ';
    topics: '😀' | 'x';
    functions: {
      '😀'(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
  '\u{e0041}': {
    types: 'SUB' | 'REQ';
    topics: '\u{e0041}' | 'x';
    functions: {
      '\u{e0041}'(...args: unknown[]): unknown;
      x(...args: unknown[]): unknown;
    };
  };
}
