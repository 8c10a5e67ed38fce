import js from "@eslint/js";
import globals from "globals";

/** Of the browser's globals those that do no I/O and have no state: the core may use them. */
const PURE = ["URLSearchParams"];

const limits = {
  "max-lines": ["error", 400],
  "max-lines-per-function": ["error", { max: 60, skipComments: true }],
  "max-depth": ["error", 3],
  complexity: ["error", 15],
};

const style = {
  eqeqeq: ["error", "always"],
  "no-console": ["error", { allow: ["warn", "error"] }],
  "no-implicit-coercion": "error",
  "no-shadow": "error",
  "no-var": "error",
  "object-shorthand": "error",
  "prefer-const": "error",
  "no-restricted-properties": [
    "error",
    ...["innerHTML", "outerHTML", "insertAdjacentHTML"].map((property) => ({
      property,
      message: "Text is written with textContent: names come from strangers.",
    })),
    { object: "Date", property: "now", message: "No wall clock: take the host's now, or performance.now()." },
  ],
};

export default [
  { ignores: ["assets/vendor/"] },
  js.configs.recommended,
  { files: ["assets/**/*.mjs"], languageOptions: { globals: globals.browser }, rules: { ...limits, ...style } },
  {
    files: ["assets/js/core/**/*.mjs"],
    rules: { "no-restricted-globals": ["error", ...Object.keys(globals.browser).filter((name) => !PURE.includes(name))] },
  },
  { files: ["tests/assets/**/*.mjs", "*.mjs"], languageOptions: { globals: globals.node }, rules: style },
];
