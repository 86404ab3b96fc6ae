# What the examples of the help suppose to be there: a site in this folder and one in shop/, built folders, a log of decisions and a
# stream of events. It stops at the first command that fails.
set -e
cp -r examples/storefront/. .
selvedge init shop
selvedge build . --out dist --env production --new-keys
selvedge build examples/storefront --out dist/storefront
selvedge build shop --out dist/shop
selvedge build shop --out dist/shop --env production --new-keys
cp -r dist/storefront archive
mkdir pinned log
cp dist/v1/production/root/1.cose pinned/
cp experiences/hero-winter.toml hero.toml

visit() {
  echo "{\"region\":\"DE\",\"grants\":{\"personalization\":true,\"storage\":true,\"analytics\":true},\"attributes\":{\"visitor.visits_30d\":6},\"identity\":{\"visitor\":\"$1\"},\"now\":\"2026-12-01T0$2:00:00Z\"}"
}
for id in v1 v2 anna; do visit $id 8; visit $id 9; done >visits.jsonl
visit v1 9 >visit.json
selvedge decide dist/storefront --context - --audit --values <visits.jsonl >log/2026-12-01.ndjson
selvedge dsar export --subject v1 -o s1.zip --archive dist/storefront
selvedge revoke shop --account 4710

printf '%s\n' 4711 4712 | tee ids.txt >withdrawn-accounts.txt
printf '%s\n' 1YNN 1YYN >strings.txt
selvedge ropa export . --format json >ropa.json
echo '{"v":1,"kind":"no-such-event","at":1796115600000}' | tee bad.ndjson | gzip >events.ndjson.gz
