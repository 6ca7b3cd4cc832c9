// Builds console/dist: what pg_debrief_console serves. The same sources give the same bytes.
//   node build.mjs [FOLDER]
import { build } from 'esbuild';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const to = resolve(process.argv[2] ?? join(here, '../dist'));
rmSync(to, { recursive: true, force: true });
mkdirSync(to, { recursive: true });

const { metafile } = await build({
  entryPoints: { app: 'src/main.tsx', icon: 'src/icon.svg' },
  absWorkingDir: here,
  outdir: to,
  entryNames: 'assets/[name]-[hash]',
  assetNames: 'assets/[name]-[hash]',
  loader: { '.svg': 'copy' },
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  charset: 'utf8',
  legalComments: 'none',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  alias: { '@pg-debrief/client': '../../client/src', preact: join(here, 'node_modules/preact') },
  metafile: true,
});

// The page names its files as /assets/NAME-HASH.EXT; behind a path prefix the console writes the prefix before them.
const page = Object.keys(metafile.outputs).reduce(
  (html, path) => html.replace(`/assets/${basename(path).replace(/-[A-Z0-9]{8}\./, '.')}`, `/assets/${basename(path)}`),
  readFileSync(join(here, 'src/index.html'), 'utf8'),
);
writeFileSync(join(to, 'index.html'), page);

const packages = ['preact', '@preact/signals', '@preact/signals-core'];
writeFileSync(join(to, 'licenses.txt'), packages.map((name) => {
  const folder = join(here, 'node_modules', name);
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return `${name} ${version}\n\n${readFileSync(join(folder, 'LICENSE'), 'utf8').trim()}\n`;
}).join('\n\n'));
