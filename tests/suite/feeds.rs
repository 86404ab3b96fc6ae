//! Feeds: from an export to facts beside a release, and what decisions make of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::{Value, json};

use crate::command::selvedge;

const STOCK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/stock");

/// A copy of the example that goes with the test.
struct Shop(PathBuf);

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Shop {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("selvedge-feeds-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        copy(Path::new(STOCK), &folder.join("shop"));
        Self(folder)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().expect("is UTF-8").to_owned()
    }

    fn write(&self, name: &str, text: &str) -> String {
        fs::create_dir_all(self.0.join(name).parent().expect("has a folder")).expect("creates");
        fs::write(self.0.join(name), text).expect("writes");
        self.path(name)
    }

    fn edit(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.0.join(name)).expect("reads");
        assert!(text.contains(from), "{name} has no {from}");
        self.write(name, &text.replace(from, to));
    }

    fn import(&self, export: &str, more: &[&str]) -> Output {
        let map = self.path("shop/maps/stock.toml");
        selvedge(&[&["feed", "import", "--json", "--map", &map, export][..], more].concat(), b"")
    }

    fn badge(&self, context: &Value, more: &[&str]) -> (Option<String>, Option<String>) {
        self.slot("product.badge", context, more)
    }

    /// The content of a slot, and the detail.
    fn slot(&self, slot: &str, context: &Value, more: &[&str]) -> (Option<String>, Option<String>) {
        let shop = self.path("shop");
        let arguments = [&["decide", &shop, "--json", "--context", "-"][..], more].concat();
        let answer = said(&selvedge(&arguments, format!("{context}\n").as_bytes()));
        let decision = &answer["decisions"][slot];
        let word = |key: &str| decision[key].as_str().map(str::to_owned);
        (word("content"), word("detail"))
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("creates");
    for entry in fs::read_dir(from).expect("reads").flatten() {
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.starts_with('.') || name.starts_with("feeds.data")) {
            continue;
        }
        match entry.path().is_dir() {
            true => copy(&entry.path(), &to.join(name)),
            false => drop(fs::copy(entry.path(), to.join(name)).expect("copies")),
        }
    }
}

fn said(output: &Output) -> Value {
    let error = || String::from_utf8_lossy(&output.stderr).into_owned();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", error()))
}

fn error(output: &Output) -> String {
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn sku(sku: &str) -> Value {
    json!({"region": "DE", "attributes": {"page.sku": sku}})
}

fn some(content: &str) -> (Option<String>, Option<String>) {
    (Some(content.to_owned()), None)
}

#[test]
fn every_row_is_accepted_or_rejected_and_a_second_run_writes_the_same_bytes() {
    let shop = Shop::new("rows");
    let export = shop.write(
        "stock.csv",
        "sku,name,on_hand\nfell-hat,\"a \"\"hat\"\"\nof felt\",7\ntarn-blanket,blanket,many\nherdwick-jumper,jumper,-1\n,nothing,3\n\
         fell-hat,again,9\nshort,row\nherdwick-jumper,jumper,\n",
    );
    let told = said(&shop.import(&export, &[]));
    assert_eq!(
        (told["rows"].as_u64(), told["accepted"].as_u64(), told["rejected"].as_u64()),
        (Some(7), Some(2), Some(5))
    );
    let file = shop.0.join("shop/feeds.data");
    let (first, rejects) =
        (fs::read(&file).expect("reads"), fs::read_to_string(shop.0.join("shop/feeds.data.rejects")));
    let rejects = rejects.expect("reads");
    let lines: Vec<Value> = rejects.lines().map(|line| serde_json::from_str(line).expect("is JSON")).collect();
    let seen: Vec<(u64, &str)> =
        lines.iter().map(|line| (line["line"].as_u64().unwrap_or(0), line["kind"].as_str().unwrap_or(""))).collect();
    assert_eq!(seen, [(4, "text"), (5, "text"), (6, "empty"), (7, "text"), (8, "row")]);
    assert!(!rejects.contains("many") && !rejects.contains("-1"), "no value is shown: {rejects}");
    said(&shop.import(&export, &[]));
    assert_eq!(fs::read(&file).expect("reads"), first);
    // The value that nobody gave is absent; the one that is there counts.
    assert_eq!(shop.badge(&sku("herdwick-jumper"), &[]), (None, None));
    assert_eq!(shop.badge(&sku("fell-hat"), &[]), (None, None));
    assert!(shop.import(&export, &["--strict"]).status.code() == Some(1));
    // What a later export does not reject leaves no old rejects behind.
    said(&shop.import(&shop.write("stock.csv", "sku,on_hand\nfell-hat,2\n"), &[]));
    assert!(!shop.0.join("shop/feeds.data.rejects").exists());
    assert_eq!(shop.badge(&sku("fell-hat"), &[]), some("badge/few"));
}

#[test]
fn lines_of_json_and_messages_of_segment_give_the_same_facts() {
    let shop = Shop::new("lines");
    let facts = |shop: &Shop| fs::read(shop.0.join("shop/feeds.data")).expect("reads");
    let taken = ["--taken", "2026-11-30T12:00:00Z"];
    let csv = shop.write("stock.csv", "sku,on_hand\nfell-hat,0\nherdwick-jumper,3\n");
    said(&shop.import(&csv, &taken));
    let expected = facts(&shop);
    let ndjson = shop.write(
        "stock.ndjson",
        "{\"sku\":\"herdwick-jumper\",\"on_hand\":3}\n\n{\"sku\":\"fell-hat\",\"on_hand\":\"0\"}\n",
    );
    said(&shop.import(&ndjson, &taken));
    assert_eq!(facts(&shop), expected);
    shop.edit("shop/maps/stock.toml", "feed = \"stock\"", "feed = \"stock\"\nformat = \"segment\"");
    let message = |sku: &str, stock: u32, at: &str| {
        json!({"type": "track", "event": "Stock", "properties": {"sku": sku, "on_hand": stock}, "timestamp": at})
            .to_string()
    };
    let messages = [
        message("fell-hat", 0, "2026-11-30T11:00:00Z"),
        // An older message that comes late says nothing new.
        message("fell-hat", 9, "2026-11-30T10:00:00Z"),
        message("herdwick-jumper", 8, "2026-11-30T10:00:00Z"),
        message("herdwick-jumper", 3, "2026-11-30T10:30:00Z"),
        json!({"type": "page", "properties": {"sku": "fell-hat"}}).to_string(),
    ];
    let told = said(&shop.import(&shop.write("stock.jsonl", &messages.join("\n")), &taken));
    assert_eq!(
        (told["accepted"].as_u64(), told["rejected"].as_u64(), told["keys"].as_u64()),
        (Some(4), Some(1), Some(2))
    );
    let data = selvedge::bundle::data::Data::open(&facts(&shop)).expect("opens");
    let before = selvedge::bundle::data::Data::open(&expected).expect("opens");
    assert_eq!(data.feeds[0].tables, before.feeds[0].tables);
}

#[test]
fn a_stale_feed_is_used_falls_back_or_suppresses_and_each_decision_says_so() {
    let shop = Shop::new("stale");
    let export = shop.write("stock.csv", "sku,on_hand\nfell-hat,0\nherdwick-jumper,3\ntarn-blanket,50\n");
    // A last rule that reads no feed shows what the first two leave.
    let rules = fs::read_to_string(shop.0.join("shop/experiences/few-left.toml")).expect("reads");
    let last = "\n[[rule]]\nall = ['page.sku == \"fell-hat\"']\nshow = \"badge/few\"\n";
    shop.write("shop/experiences/few-left.toml", &(rules + last));
    let stale = |content: Option<&str>| (content.map(str::to_owned), Some("STALE_FEED".to_owned()));
    for (on_stale, hat, blanket) in [
        ("suppress", stale(None), stale(None)),
        ("fallback", stale(Some("badge/few")), stale(None)),
        ("use", stale(Some("badge/sold-out")), stale(None)),
    ] {
        shop.write(
            "shop/feeds.toml",
            &format!("[stock]\nfile = \"exports/stock.csv\"\nmax_age = \"2h\"\non_stale = \"{on_stale}\"\n"),
        );
        said(&shop.import(&export, &[]));
        assert_eq!(shop.badge(&sku("fell-hat"), &[]), some("badge/sold-out"), "{on_stale}, fresh");
        assert_eq!(shop.badge(&sku("tarn-blanket"), &[]), (None, None), "{on_stale}, fresh");
        // Told by the command, by the age of the export, and by who asks.
        assert_eq!(shop.badge(&sku("fell-hat"), &["--feed", "stock=stale:3h"]), hat, "{on_stale}");
        let mut told = sku("fell-hat");
        told["stale"] = json!(["stock"]);
        assert_eq!(shop.badge(&told, &[]), hat, "{on_stale}, told");
        let now = selvedge::words::time::format_rfc3339(now_ms() + 2 * 3_600_000 + 1_000);
        assert_eq!(shop.badge(&sku("fell-hat"), &["--as-of", &now]), hat, "{on_stale}, by age");
        assert_eq!(shop.badge(&sku("tarn-blanket"), &["--as-of", &now]), blanket, "{on_stale}, by age");
        // A page that is about nothing does not depend on the stock.
        assert_eq!(shop.badge(&json!({"region": "DE"}), &["--as-of", &now]), (None, None), "{on_stale}, no product");
    }
    // Without any facts `use` has nothing to use.
    fs::remove_file(shop.0.join("shop/feeds.data")).expect("removes");
    assert_eq!(shop.badge(&sku("fell-hat"), &[]), stale(Some("badge/few")));
    // A value that the host hands over needs no facts.
    let mut given = sku("fell-hat");
    given["attributes"]["product.stock"] = json!(0);
    assert_eq!(shop.badge(&given, &[]), some("badge/sold-out"));
    let wrong = selvedge(&["decide", &shop.path("shop"), "--feed", "stock=stale:1h"], b"");
    assert!(error(&wrong).contains("is not stale: its max_age is 7200 seconds"));
    let wrong = selvedge(&["decide", &shop.path("shop"), "--feed", "stok=stale"], b"");
    assert!(error(&wrong).contains("there is no feed `stok`; the feeds are stock"));
}

fn now_ms() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("is after 1970");
    i64::try_from(now.as_millis()).expect("fits")
}

#[test]
fn what_hosts_could_not_read_or_must_not_publish_is_refused_and_nothing_is_written() {
    let shop = Shop::new("refused");
    let csv = |text: &str| shop.write("stock.csv", text);
    let refused = |export: &str, words: &str| {
        let said = error(&shop.import(export, &[]));
        assert!(said.contains(words), "{said}");
        assert!(!shop.0.join("shop/feeds.data").exists(), "{words}");
    };
    refused(&csv("sku,count\na,1\n"), "there is no column `on_hand`; the columns are sku, count");
    refused(&csv(""), "there is no line with the names of the columns");
    refused(&csv("sku,on_hand\na,x\nb,y\n"), "every one of 2 rows is rejected");
    let parquet = match cfg!(feature = "parquet") {
        true => "this is no Parquet file that can be read",
        false => "cargo install --locked --path . --features parquet. Or write the file as CSV first",
    };
    refused(&shop.write("stock.parquet", "PAR1"), parquet);
    refused(&shop.write("stock.txt", "a"), "does not say what it is");
    fs::write(shop.0.join("bad.csv"), b"sku,on_hand\n\xff,1\n").expect("writes");
    refused(&shop.path("bad.csv"), "byte 12 is not UTF-8");
    let good = csv("sku,on_hand\nfell-hat,1\n");
    let ahead = shop.import(&good, &["--taken", "2099-01-01T00:00:00Z"]);
    assert!(error(&ahead).contains("in the future"));
    let rows: String = (0..200_000).map(|row| format!("product-{row},{row}\n")).collect();
    shop.edit("shop/attributes.toml", "range = [0, 100_000]", "range = [0, 1_000_000]");
    refused(&csv(&format!("sku,on_hand\n{rows}")), "hosts read at most 1048576");
    // Facts about persons never go beside a release.
    shop.edit("shop/feeds.toml", "on_stale", "persons = true\non_stale");
    shop.edit("shop/attributes.toml", "key = \"page.sku\"\npurposes", "retention = \"30d\"\npurposes");
    shop.edit("shop/attributes.toml", "default = 0", "retention = \"30d\"\ndefault = 0");
    shop.edit("shop/content/tip/jumper.toml", "in_stock = ", "tags = ");
    shop.edit("shop/content/tip/hat.toml", "in_stock = ", "tags = ");
    refused(&csv("sku,on_hand\nfell-hat,1\n"), "is about persons, and everybody can read what is beside a release");
}

#[test]
fn a_build_carries_the_data_and_refuses_facts_that_nobody_publishes() {
    let shop = Shop::new("build");
    let (site, out) = (shop.path("shop"), shop.path("built"));
    let build = || said(&selvedge(&["build", &site, "--out", &out, "--json"], b""));
    let verified = || {
        let told = said(&selvedge(&["verify", &out, "--json"], b""));
        told["environments"][0].clone()
    };
    let import =
        |stock: u32| said(&shop.import(&shop.write("stock.csv", &format!("sku,on_hand\nfell-hat,{stock}\n")), &[]));
    import(0);
    build();
    let first = verified();
    let built = |sku: &str| {
        let context = format!("{}\n", self::sku(sku));
        let told = said(&selvedge(&["decide", &out, "--json", "--context", "-"], context.as_bytes()));
        told["decisions"]["product.badge"]["content"].as_str().map(str::to_owned)
    };
    assert_eq!(built("fell-hat").as_deref(), Some("badge/sold-out"));
    import(3);
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    build();
    let second = verified();
    assert_eq!(built("fell-hat").as_deref(), Some("badge/few"));
    assert_ne!(first, second);
    let data = |told: &Value| told["data"]["version"].as_u64().expect("has data");
    assert!(data(&second) > data(&first));
    // Without the file the build keeps what the folder has.
    fs::remove_file(shop.0.join("shop/feeds.data")).expect("removes");
    build();
    assert_eq!(data(&verified()), data(&second));
    assert_eq!(built("fell-hat").as_deref(), Some("badge/few"));
    // Facts that no attribute publishes are refused.
    import(3);
    fs::copy(shop.0.join("shop/feeds.data"), shop.0.join("other.data")).expect("copies");
    shop.edit("shop/attributes.toml", "product.stock", "product.pieces");
    shop.edit("shop/maps/stock.toml", "product.stock", "product.pieces");
    shop.edit("shop/experiences/few-left.toml", "product.stock", "product.pieces");
    for visitor in ["jumper", "warehouse-down", "blanket"] {
        shop.edit(&format!("shop/visitors/{visitor}.toml"), "product.stock", "product.pieces");
    }
    let refused = selvedge(&["build", &site, "--out", &out], b"");
    assert!(error(&refused).contains("facts about `product.stock` of the feed `stock`, and no attribute"));
}

/// Answers each request by what `answer` makes of its head, and tells the heads.
fn server(answers: Vec<&'static str>) -> (u16, std::sync::mpsc::Receiver<String>) {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("is bound").port();
    let (heads, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for answer in answers {
            let Ok((mut stream, _)) = listener.accept() else { return };
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
                head.push(byte[0]);
            }
            let _ = heads.send(String::from_utf8_lossy(&head).to_ascii_lowercase());
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (port, told)
}

#[test]
fn an_address_is_asked_for_what_changed_within_its_budget() {
    let shop = Shop::new("fetch");
    let (port, heads) = server(vec![
        "HTTP/1.1 200 OK\r\netag: \"one\"\r\ncontent-length: 22\r\nconnection: close\r\n\r\nsku,on_hand\nfell-hat,0\n",
        "HTTP/1.1 304 Not Modified\r\netag: \"one\"\r\nconnection: close\r\n\r\n",
        "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    ]);
    let feeds = |budget: u32| {
        let text = format!(
            "[stock]\nurl = \"http://127.0.0.1:{port}/stock.csv?key=${{STOCK_KEY}}\"\nmap = \"maps/stock.toml\"\nrefresh = \"12h\"\nmax_age = \"1d\"\nbudget = {budget}\n"
        );
        shop.write("shop/feeds.toml", &text);
    };
    feeds(3);
    let fetch = || {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_selvedge"))
            .args(["feed", "fetch", &shop.path("shop")])
            .env("STOCK_KEY", "s3cret")
            .output()
            .expect("runs");
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(!said.contains("s3cret"), "{said}");
        (output.status.code(), said)
    };
    let (code, said) = fetch();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("1 rows, 1 accepted, 0 rejected"), "{said}");
    let first = heads.recv().expect("asked");
    assert!(first.starts_with("get /stock.csv?key=s3cret ") && !first.contains("if-none-match"), "{first}");
    assert_eq!(shop.badge(&sku("fell-hat"), &[]), some("badge/sold-out"));

    let (code, said) = fetch();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("stock: nothing changed"), "{said}");
    assert!(heads.recv().expect("asked").contains("if-none-match: \"one\""));

    let before = fs::read(shop.0.join("shop/feeds.data")).expect("reads");
    let (code, said) = fetch();
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("answers 503") && said.contains("its facts stay as they were"), "{said}");
    assert_eq!(fs::read(shop.0.join("shop/feeds.data")).expect("reads"), before);
    // Three requests are all that this day has.
    let (code, said) = fetch();
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("its budget of 3 requests a day is used up"), "{said}");
    let plan = selvedge(&["feed", "plan", &shop.path("shop"), "--json"], b"");
    let plan: Value = serde_json::from_slice(&plan.stdout).expect("is JSON");
    assert_eq!((plan[0]["requests_a_day"].as_u64(), plan[0]["worst_age_seconds"].as_u64()), (Some(2), Some(43_380)));
}

#[test]
fn a_record_of_a_decision_on_a_stale_feed_is_made_again_as_it_was() {
    let shop = Shop::new("replay");
    shop.edit("shop/experiences/few-left.toml", "slot =", "audit = \"full\"\nslot =");
    for on_stale in ["use", "fallback", "suppress"] {
        shop.write("shop/feeds.toml", &format!("[stock]\nmax_age = \"2h\"\non_stale = \"{on_stale}\"\n"));
        let export = shop.write("stock.csv", "sku,on_hand\nfell-hat,0\nherdwick-jumper,3\n");
        said(&shop.import(&export, &[]));
        let (site, out) = (shop.path("shop"), shop.path(&format!("built-{on_stale}")));
        assert!(selvedge(&["build", &site, "--out", &out], b"").status.success());
        for stale in [&[][..], &["--feed", "stock=stale"]] {
            let keys = shop.path("audit.keys");
            let arguments =
                [&["decide", &out, "--audit", "--values", "--keys", &keys, "--context", "-"][..], stale].concat();
            let lines = selvedge(&arguments, format!("{}\n{}\n", sku("fell-hat"), sku("tarn-blanket")).as_bytes());
            assert!(lines.status.success(), "{}", String::from_utf8_lossy(&lines.stderr));
            let log = String::from_utf8(lines.stdout).expect("is UTF-8");
            assert_eq!(log.contains("\"stale_feeds\":[\"stock\"]"), !stale.is_empty(), "{log}");
            let log = shop.write("log.ndjson", &log);
            // Newer facts change nothing about what was decided.
            let replayed = selvedge(&["replay", &log, "--archive", &out, "--keys", &keys], b"");
            let told =
                format!("{}{}", String::from_utf8_lossy(&replayed.stdout), String::from_utf8_lossy(&replayed.stderr));
            assert!(replayed.status.success(), "{on_stale} {stale:?}: {told}");
        }
    }
}

/// Each number of jumpers and hats beside a few lines that say the same by themselves.
#[test]
fn nobody_is_sent_to_what_is_not_in_stock() {
    let shop = Shop::new("in-stock");
    let detail = |content: &str, detail: Option<&str>| {
        (
            Some(content).filter(|content| !content.is_empty()).map(|content| format!("tip/{content}")),
            detail.map(str::to_owned),
        )
    };
    for (jumpers, hats) in
        [(Some(3), Some(1)), (Some(2), Some(1)), (None, Some(1)), (Some(2), Some(0)), (Some(9), None)]
    {
        let row = |sku: &str, count: Option<u32>| count.map(|count| format!("{sku},{count}\n")).unwrap_or_default();
        let csv = format!("sku,on_hand\ntarn-blanket,4\n{}{}", row("herdwick-jumper", jumpers), row("fell-hat", hats));
        said(&shop.import(&shop.write("stock.csv", &csv), &[]));
        for page in ["tarn-blanket", "herdwick-jumper", "fell-hat"] {
            let has_jumper = jumpers.is_some_and(|count| count > 2);
            let has_hat = hats.is_some_and(|count| count > 0);
            let (may_jumper, may_hat) = (page != "herdwick-jumper", page != "fell-hat");
            let gone = Some("OUT_OF_STOCK");
            let wanted = match () {
                () if may_jumper && has_jumper => detail("jumper", None),
                () if may_hat && has_hat => detail("hat", gone.filter(|_| may_jumper)),
                () => detail("", gone),
            };
            assert_eq!(shop.slot("product.tip", &sku(page), &[]), wanted, "{jumpers:?} {hats:?} on {page}");
        }
    }
    // Nobody knows what is there.
    let stale = shop.slot("product.tip", &sku("tarn-blanket"), &["--feed", "stock=stale:3h"]);
    assert_eq!(stale, detail("", Some("STALE_FEED")));
}

/// Otherwise its arms would have other visitors.
#[test]
fn an_experiment_waits_until_all_of_its_arms_are_in_stock() {
    let shop = Shop::new("arms-in-stock");
    shop.write(
        "shop/experiences/goes-with.toml",
        "slot = \"product.tip\"\n[[rule]]\nsplit = { experiment = \"tip\", arms = { \"tip/jumper\" = 50, \"tip/hat\" = 50 }, unit = \"page\" }\n",
    );
    let export =
        |jumpers: u32| shop.write("stock.csv", &format!("sku,on_hand\nherdwick-jumper,{jumpers}\nfell-hat,5\n"));
    said(&shop.import(&export(2), &[]));
    assert_eq!(shop.slot("product.tip", &sku("tarn-blanket"), &[]), (None, Some("OUT_OF_STOCK".into())));
    said(&shop.import(&export(3), &[]));
    let mut drawn = sku("tarn-blanket");
    drawn["identity"] = json!({"page": "a page"});
    drawn["grants"] = json!({"analytics": true});
    assert!(shop.slot("product.tip", &drawn, &[]).0.is_some());
}

#[test]
fn a_mapping_of_one_row_says_which() {
    let shop = Shop::new("one-row");
    let export = shop.write("stock.csv", "sku,on_hand\nfell-hat,2\n");
    let map = "shop/maps/stock.toml";
    shop.edit(
        map,
        "\"product.stock\" = \"on_hand\"",
        "\"product.stock\" = { row = \"fell-hat\", column = \"on_hand\" }",
    );
    let told = error(&shop.import(&export, &[]));
    assert!(told.contains("`product.stock` is of one row, so it has one value for everybody"), "{told}");
    shop.edit(map, "\"product.stock\" = { row = \"fell-hat\", column = \"on_hand\" }", "");
    shop.edit(map, "key = \"sku\"", "");
    let told = error(&shop.import(&export, &[]));
    assert!(told.contains("is of one row. Say which column has its key"), "{told}");
}
