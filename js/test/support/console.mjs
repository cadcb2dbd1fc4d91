import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';

/** Imports a module of the console, which is TypeScript, with all that it imports. */
export async function fromConsole(file) {
  const entry = fileURLToPath(new URL(`../../console/${file}`, import.meta.url));
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: 'esm', write: false, logLevel: 'silent' });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}
