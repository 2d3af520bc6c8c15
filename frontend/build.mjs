// Builds what the browser loads, and refuses to build more than a page may weigh.

import { gzipSync } from "node:zlib";
import { readFileSync, readdirSync } from "node:fs";
import { build } from "esbuild";

const STATIC = "../src/siegel/static";
const KIB = 1024;
// Weight of all files of a page after gzip, in bytes.
const BUDGETS = [
  { files: [`${STATIC}/root/loader.js`], limit: 4 * KIB },
  { files: [`${STATIC}/build/widget.js`, `${STATIC}/build/widget.css`], limit: 40 * KIB },
  { files: [`${STATIC}/build/trust.js`], limit: 3 * KIB },
  { files: [`${STATIC}/build/trust.js`, `${STATIC}/build/trust.css`], limit: 6 * KIB },
  { files: [`${STATIC}/build/desk.js`, `${STATIC}/build/desk.css`], limit: 150 * KIB },
];
const options = { bundle: true, minify: true, target: "es2022", charset: "utf8", logLevel: "warning" };

if (process.argv.includes("--tests")) {
  const tests = readdirSync("tests").filter((name) => name.endsWith(".test.ts"));
  await build({
    ...options,
    minify: false,
    entryPoints: tests.map((name) => `tests/${name}`),
    outdir: "../var/frontend-tests",
    outExtension: { ".js": ".mjs" },
    platform: "node",
    format: "esm",
  });
} else {
  await build({
    ...options,
    format: "iife",
    entryPoints: { "root/loader": "src/loader/loader.ts", "build/widget": "src/widget/main.ts", "build/continue": "src/widget/continue.ts", "build/desk": "src/desk/main.ts", "build/administration": "src/administration/main.ts", "build/invitation": "src/administration/invitation.ts", "build/search": "src/desk/search.ts", "build/trust": "src/trust/main.ts", "build/sign_out": "src/desk/sign_out_page.ts", "build/account": "src/account/main.ts" },
    outdir: STATIC,
  });
  await build({
    ...options,
    entryPoints: { "build/widget": "styles/widget.css", "build/desk": "styles/desk.css", "build/administration": "styles/administration.css", "build/search": "styles/search.css", "build/trust": "styles/trust.css" },
    outdir: STATIC,
  });
  for (const { files, limit } of BUDGETS) {
    const weight = files.reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0);
    const names = files.map((file) => file.split("/").pop()).join(" + ");
    console.log(`${names}: ${weight} of ${limit} bytes after gzip`);
    if (weight > limit) process.exitCode = 1;
  }
}
