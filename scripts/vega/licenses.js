// Prints the licence of every package that is in the bundle.
const {readFileSync, readdirSync} = require('fs');
const {buildSync} = require('esbuild');
const {metafile} = buildSync({entryPoints: ['entry.js'], bundle: true, write: false, metafile: true});
const packages = new Set(
  Object.keys(metafile.inputs).map(file => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1]).filter(Boolean)
);
for (const name of [...packages].sort()) {
  const folder = `node_modules/${name}`;
  const {version, license} = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const file = readdirSync(folder).find(entry => /^licen[cs]e/i.test(entry));
  console.log(`== ${name} ${version} (${license})\n${file ? readFileSync(`${folder}/${file}`, 'utf8').trim() : ''}\n`);
}
