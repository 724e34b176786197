// Says, as a list of sentences in JSON, what the scripts and styles in a folder use that a browser of package.json's
// `browserslist` does not know: those of phones that were new three years ago, with the Chromium that WeChat and the
// browsers of Chinese makers bring along.
import { readFile, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { ESLint } from "eslint";
import compat from "eslint-plugin-compat";
import postcss from "postcss";
import doiuse from "doiuse/lib/DoIUse.js";

const folder = process.argv[2];
const targets = createRequire(import.meta.url)("./package.json").browserslist;

// What pages do without where it is missing.
const OPTIONAL = {
  "css-autofill": "the browser's own colour of what it filled in",
  "css-color-adjust": "prints without the grounds of marks",
  "css-container-queries": "the layout of a phone",
  "css-content-visibility": "draws everything at once",
  "css-has": "distances and outlines only",
  "css-overflow-anchor": "a page that moves while it loads",
  "css-paged-media": "the printer's own margins",
  "css-resize": "a field that keeps its size",
  "css-touch-action": "desktop browsers without a touch screen",
  "css-widows-orphans": "lines alone at the end of a page",
  "text-size-adjust": "desktop browsers never change text",
};

const linter = new ESLint({
  overrideConfigFile: true,
  overrideConfig: [
    {
      ...compat.configs["flat/recommended"],
      languageOptions: { ecmaVersion: 2021, sourceType: "script", globals: { window: false, document: false, navigator: false } },
      // Used only where it is there.
      settings: { targets, polyfills: ["requestIdleCallback"] },
    },
    { files: ["vendor/**"], languageOptions: { ecmaVersion: 2022 } },
  ],
  cwd: folder,
});

async function scripts() {
  const results = await linter.lintFiles([join(folder, "**/*.js")]);
  return results.flatMap(({ filePath, messages }) =>
    messages.map((one) => `${filePath.slice(folder.length + 1)}:${one.line}: ${one.message}`));
}

async function styles() {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".css"));
  const found = [];
  for (const name of names) {
    const note = ({ feature, message, usage }) => {
      // What is understood in part is understood as far as pages need it: masks, for one, carry their prefix.
      if (!message.includes(" not supported by") || feature in OPTIONAL) return;
      found.push(`${name}:${usage.source.start.line}: ${message.split(": ").slice(1).join(": ")}`);
    };
    const path = join(folder, name);
    const checker = new doiuse({ browsers: targets, onFeatureUsage: note });
    await postcss([checker]).process(await readFile(path), { from: path });
  }
  return found;
}

console.log(JSON.stringify([...await scripts(), ...await styles()]));
