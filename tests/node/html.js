// Reads pages, each as a line of JSON, and answers each with a line: what is wrong with its HTML, as a list of sentences.
import { createInterface } from "node:readline";
import { HtmlValidate, StaticConfigLoader } from "html-validate";

// Reads the rules and the elements of HTML once, not for each page, which would take a third of the time.
class Loader extends StaticConfigLoader {
  getConfigFor(...handle) {
    this.resolved ??= super.getConfigFor(...handle);
    return this.resolved;
  }
}

// The rules of the standard alone, and that what is named is there: how somebody likes to write is not asked.
const validator = new HtmlValidate(new Loader({
  root: true,
  extends: ["html-validate:standard"],
  rules: { "no-missing-references": "error" },
}));

for await (const line of createInterface({ input: process.stdin })) {
  const { results } = await validator.validateString(JSON.parse(line));
  const found = results.flatMap(({ messages }) => messages);
  console.log(JSON.stringify(found.map((one) => `${one.ruleId}: ${one.message} — line ${one.line} ${one.selector ?? ""}`)));
}
