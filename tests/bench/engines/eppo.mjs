import common from "@eppo/js-client-sdk-common";

const { EppoClient, MemoryOnlyConfigurationStore, applicationLogger } = common;
applicationLogger.level = "silent";

export const name = "Eppo";
export const code = { entry: 'export { EppoClient, MemoryOnlyConfigurationStore } from "@eppo/js-client-sdk-common"' };

const OPERATORS = { is: "ONE_OF", in: "ONE_OF", over: "GT", under: "LT", startsWith: "MATCHES", atLeast: "GTE" };

const condition = ({ attribute, operator, value }) => ({
  attribute,
  operator: OPERATORS[operator],
  value: operator === "is" ? [value] : operator === "startsWith" ? `^${value}` : value,
});

const half = (key, variationKey, start, end) => ({ variationKey, shards: [{ salt: key, ranges: [{ start, end }] }] });

export const payload = (flags) =>
  JSON.stringify({
    createdAt: "2026-01-01T00:00:00Z",
    format: "SERVER",
    environment: { name: "bench" },
    flags: Object.fromEntries(
      flags.map(({ key, conditions }) => [
        key,
        {
          key,
          enabled: true,
          variationType: "STRING",
          totalShards: 10000,
          variations: { a: { key: "a", value: "a" }, b: { key: "b", value: "b" } },
          allocations: [
            {
              key: `${key}-allocation`,
              doLog: false,
              rules: [{ conditions: conditions.map(condition) }],
              splits: [half(key, "a", 0, 5000), half(key, "b", 5000, 10000)],
            },
          ],
        },
      ]),
    ),
  });

export const context = (visitor) => visitor;

export async function open(bytes) {
  const { flags, format, createdAt, environment } = JSON.parse(bytes);
  const store = new MemoryOnlyConfigurationStore();
  store.setFormat(format);
  store.setConfigPublishedAt(createdAt);
  store.setEnvironment(environment);
  await store.setEntries(flags);
  const client = new EppoClient({ flagConfigurationStore: store });
  client.setIsGracefulFailureMode(false);
  const decide = (visitor, key) => client.getStringAssignment(key, visitor.id, visitor, "") || null;
  const keys = Object.keys(flags);
  return { decide, all: (visitor) => keys.reduce((on, key) => on + (decide(visitor, key) !== null), 0) };
}
