import { el } from './element.js';

// A comment, a string, the colon that makes the string a key, a number, a word.
const TOKEN =
  /(\/\/ .*)|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')(\s*:)?|\b(-?\d[\d.eE+-]*)\b|\b(true|false|null|const|for|await|of|new)\b/g;

/** Colours JSON, and the code that the console shows, well enough for both. */
export function highlight(source: string): DocumentFragment {
  const out = document.createDocumentFragment();
  let at = 0;
  for (const match of source.matchAll(TOKEN)) {
    const text = match[2] ?? match[0];
    out.append(source.slice(at, match.index), el('span', { className: `tok-${token(match)}` }, text));
    at = match.index + text.length;
  }
  out.append(source.slice(at));
  return out;
}

function token([, comment, string, colon, number]: RegExpMatchArray): string {
  if (comment) return 'com';
  if (string) return colon ? 'key' : 'str';
  return number ? 'num' : 'word';
}
