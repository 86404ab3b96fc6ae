import { EvaluationEngine } from "@amplitude/experiment-core";

export const name = "Amplitude experiment-core";
export const code = { entry: 'export { EvaluationEngine } from "@amplitude/experiment-core"' };

const HALF = 21474837;
const END = 42949673;
const OPERATORS = { is: "is", in: "is", over: "greater", under: "less", startsWith: "regex match", atLeast: "version greater or equal" };

const condition = ({ attribute, operator, value }) => ({
  selector: ["context", "user", attribute],
  op: OPERATORS[operator],
  values: [].concat(value).map((value) => (operator === "startsWith" ? `^${value}` : String(value))),
});

export const payload = (flags) =>
  JSON.stringify(
    flags.map(({ key, conditions }) => ({
      key,
      variants: { a: { key: "a", value: "a" }, b: { key: "b", value: "b" }, off: { key: "off" } },
      segments: [
        {
          conditions: [conditions.map(condition)],
          bucket: {
            selector: ["context", "user", "id"],
            salt: key,
            allocations: [{ range: [0, 100], distributions: [{ variant: "a", range: [0, HALF] }, { variant: "b", range: [HALF, END] }] }],
          },
        },
        { variant: "off" },
      ],
    })),
  );

export const context = (visitor) => ({ user: visitor });

export async function open(bytes) {
  const flags = JSON.parse(bytes);
  const single = new Map(flags.map((flag) => [flag.key, [flag]]));
  const engine = new EvaluationEngine();
  return {
    decide: (context, key) => engine.evaluate(context, single.get(key))[key].value ?? null,
    all(context) {
      let on = 0;
      const results = engine.evaluate(context, flags);
      for (const key in results) if (results[key].value) on++;
      return on;
    },
  };
}
