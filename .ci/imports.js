// Checks that imports run downwards only (docs/architecture.md): between packages by the table below, inside a package without
// circles; that nothing reaches into another package's files; and that package.json names what is imported.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** Who may import whom: the house's arrows. */
const mayImport = {
  protocol: [],
  pki: [],
  store: [],
  authority: ['pki'],
  enrollment: ['protocol', 'pki', 'store', 'authority'],
  tftp: ['pki', 'store'],
  'admin-api': ['pki', 'store', 'enrollment', 'tftp', 'authority'],
  'admin-web': [],
  phone: ['protocol', 'pki', 'tftp'],
  server: ['protocol', 'pki', 'store', 'authority', 'enrollment', 'tftp', 'admin-api', 'admin-web'],
  cli: ['protocol', 'pki', 'store', 'authority', 'enrollment', 'tftp', 'admin-api', 'admin-web', 'phone', 'server'],
};

/** Who may import a part of a package alone: the simulated phone must not share with the server what makes files. */
const mayImportOnly = { phone: { tftp: '@opencapf/tftp/readers' } };

const complaints = [];
for (const room of readdirSync(join(root, 'packages')).sort()) checkPackage(room);
for (const complaint of complaints) process.stdout.write(`${complaint}\n`);
process.stdout.write(
  `imports: ${complaints.length === 0 ? 'all arrows run downwards' : `${complaints.length} wrong`}\n`,
);
process.exitCode = complaints.length === 0 ? 0 : 1;

function checkPackage(room) {
  const home = join(root, 'packages', room);
  const manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  const declared = new Set(
    ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'].flatMap((kind) =>
      Object.keys(manifest[kind] ?? {}),
    ),
  );
  const allowed = mayImport[room];
  if (allowed === undefined) {
    complaints.push(`packages/${room}: not in the table of ${relative(root, fileURLToPath(import.meta.url))}`);
    return;
  }
  const arrows = new Map();
  for (const file of sourceFiles(join(home, 'src'))) {
    const where = relative(root, file);
    const isTest = /\.test\.ts$/.test(file) || file.includes('/testing/');
    const inside = [];
    for (const target of imports(file)) {
      if (target.startsWith('.')) {
        const resolved = resolve(dirname(file), target.replace(/\.js$/, '.ts'));
        if (relative(home, resolved).startsWith('..'))
          complaints.push(`${where}: reaches out of its package: ${target}`);
        else inside.push(resolved);
        continue;
      }
      if (target.startsWith('node:')) continue;
      const name = target.startsWith('@') ? target.split('/').slice(0, 2).join('/') : target.split('/')[0];
      const sibling = /^@opencapf\/(.+)$/.exec(name)?.[1];
      if (sibling !== undefined && !allowed.includes(sibling)) {
        complaints.push(`${where}: ${room} may not import ${sibling}`);
      } else if (sibling !== undefined && target !== (mayImportOnly[room]?.[sibling] ?? target)) {
        complaints.push(`${where}: ${room} may import ${mayImportOnly[room][sibling]} only, not ${target}`);
      } else if (!declared.has(name) && !(isTest && rootDevelopmentDependencies().has(name))) {
        complaints.push(`${where}: ${name} is not in packages/${room}/package.json`);
      }
    }
    arrows.set(file, inside);
  }
  for (const circle of circles(arrows)) {
    complaints.push(`circle: ${circle.map((file) => relative(root, file)).join(' -> ')}`);
  }
}

function rootDevelopmentDependencies() {
  return new Set(Object.keys(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies));
}

function sourceFiles(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

/**
 * What a file imports, types too. The formatter gives every import and export a line of its own to begin on, without which a
 * parser would be needed.
 */
function imports(file) {
  const source = readFileSync(file, 'utf8');
  const written = [/^(?:import|export)\b[^;'"]*?\bfrom '([^']+)'/gm, /^import '([^']+)'/gm, /\bimport\('([^']+)'\)/g];
  return written.flatMap((form) => [...source.matchAll(form)].map(([, target]) => target));
}

/** Every circle found by one walk in depth. */
function circles(arrows) {
  const found = [];
  const state = new Map();
  const visit = (file, path) => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      found.push([...path.slice(path.indexOf(file)), file]);
      return;
    }
    state.set(file, 'open');
    for (const next of arrows.get(file) ?? []) visit(next, [...path, file]);
    state.set(file, 'done');
  };
  for (const file of arrows.keys()) visit(file, []);
  return found;
}
