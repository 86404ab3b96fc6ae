//! Anchors of closed logs: time stamps that OpenSSL made with keys of the test, and programs that fail.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::Desk;

const AUTHORITY: &str = "\
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical,CA:TRUE
[tsa]
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[stamp]
default_tsa = own
[own]
serial = ./serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
";

/// A folder with an authority for time stamps in `tsa`, a program `stamp` that asks it, and lines for three logs.
fn desk(name: &str) -> Desk {
    let desk = Desk::new(name);
    for folder in ["tsa", "other"] {
        std::fs::create_dir(desk.0.join(folder)).expect("a folder");
        desk.write(&format!("{folder}/conf"), AUTHORITY);
        desk.write(&format!("{folder}/serial"), "01\n");
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", "conf"];
        let root = ["req", "-x509", "-days", "2", "-extensions", "authority", "-subj", "/CN=Root"];
        openssl(&desk, folder, &[&root[..], &key, &["-keyout", "root.key", "-out", "root.pem"]].concat());
        openssl(
            &desk,
            folder,
            &[&["req", "-new", "-subj", "/CN=TSA"][..], &key, &["-keyout", "key", "-out", "csr"]].concat(),
        );
        let sign =
            ["x509", "-req", "-in", "csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", "2"];
        openssl(&desk, folder, &[&sign[..], &["-extfile", "conf", "-extensions", "tsa", "-out", "tsa.pem"]].concat());
    }
    program(&desk, "stamp", &stamping("tsa", "-token_out"));
    for log in 1..=3 {
        desk.write(&format!("log/{log}.ndjson"), format!("{{\"v\":1,\"kind\":\"reasons\",\"log\":{log}}}\n"));
    }
    desk
}

/// A program that has the digest on its standard input stamped.
fn stamping(folder: &str, form: &str) -> String {
    format!(
        "cd {folder} || exit 1\nread digest\n\
         openssl ts -query -digest \"$digest\" -sha256 -cert -out query 2>/dev/null || exit 1\n\
         openssl ts -reply -config conf -section own -queryfile query -signer tsa.pem -inkey key {form} -out answer >&2 || exit 1\n\
         cat answer"
    )
}

fn openssl(desk: &Desk, folder: &str, arguments: &[&str]) {
    let output =
        Command::new("openssl").args(arguments).current_dir(desk.0.join(folder)).output().expect("OpenSSL runs");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn program(desk: &Desk, name: &str, lines: &str) {
    desk.write(name, format!("#!/bin/sh\n{lines}\n"));
    let path = desk.0.join(name);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("permissions");
}

const CHECK: [&str; 4] = ["log", "verify", "--tsa", "tsa/root.pem"];

impl Desk {
    /// Closes a log, and has it anchored by `./stamp`.
    fn anchored(&self, log: u32) -> String {
        self.clean(&["log", "close", &format!("log/{log}.ndjson"), "--anchor", "exec:./stamp"])
    }

    /// Forges the chain from the log on, as the holder of the key can: another line, a new leaf, a new signature.
    fn rewritten(&self, from: u32, to: u32) {
        (from..=to).for_each(|log| self.opened(log));
        self.write(&format!("log/{from}.ndjson"), "{\"v\":1,\"kind\":\"reasons\",\"log\":\"forged\"}\n");
        for log in from..=to {
            self.clean(&["log", "close", &format!("log/{log}.ndjson")]);
        }
    }

    /// Takes back that a log was closed.
    fn opened(&self, log: u32) {
        for ending in ["manifest", "leaves"] {
            std::fs::remove_file(self.0.join(format!("log/{log}.ndjson.{ending}"))).expect("is there");
        }
    }
}

#[test]
fn a_stamped_log_verifies_under_the_certificate_of_the_authority() {
    let desk = desk("anchor-sound");
    let said = desk.anchored(1);
    assert!(said.contains("1.ndjson: anchored, 20") && said.contains("keep a copy of log/1.ndjson.anchor"), "{said}");
    desk.anchored(2);
    // The root, or the certificate that signs by itself.
    for tsa in ["tsa/root.pem", "tsa/tsa.pem"] {
        let said = desk.clean(&["log", "verify", "--tsa", tsa]);
        assert!(said.starts_with("anchored: up to number 2 nothing was rewritten since 20"), "{said}");
        assert!(!said.contains("not checked"), "{said}");
    }
    assert!(desk.clean(&["log", "verify"]).contains("(signature not checked"));
    let json: serde_json::Value = serde_json::from_str(&desk.clean(&[&CHECK[..], &["--json"]].concat())).expect("JSON");
    assert_eq!((&json["anchors"][1]["number"], &json["anchors"][1]["checked"]), (&2.into(), &true.into()));

    // What comes after is said; the whole response is as good as its token.
    desk.clean(&["log", "close", "log/3.ndjson"]);
    let output = desk.run(&CHECK);
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("the last log of the chain is closed and not anchored"));
    program(&desk, "stamp", &stamping("tsa", ""));
    assert!(desk.clean(&["log", "anchor", "--anchor", "exec:./stamp"]).contains("3.ndjson: anchored, 20"));
    assert!(desk.clean(&CHECK).starts_with("anchored: up to number 3"));
    assert!(desk.clean(&["log", "anchor", "--anchor", "exec:./stamp"]).contains("anchored already"));
}

#[test]
fn rewriting_by_the_holder_of_the_key_is_found() {
    let desk = desk("anchor-rewritten");
    (1..=3).for_each(|log| drop(desk.anchored(log)));
    let kept = desk.read("log/3.ndjson.anchor");
    desk.write("kept", &kept);
    desk.rewritten(2, 3);
    // Without anchors it is a whole chain.
    let said = desk.fails(4, &["log", "verify"]);
    assert!(said.contains("2.ndjson.anchor: it is a time stamp of another manifest"), "{said}");
    assert!(!said.contains("1.ndjson"), "{said}");
    for log in [2, 3] {
        std::fs::remove_file(desk.0.join(format!("log/{log}.ndjson.anchor"))).expect("is there");
    }
    let said = desk.fails(4, &["log", "verify", "--anchor", "kept", "--tsa", "tsa/root.pem"]);
    assert!(said.contains("kept: its manifest is not in the chain: the logs were rewritten"), "{said}");
    std::fs::remove_file(desk.0.join("log/1.ndjson.anchor")).expect("is there");
    assert!(desk.fails(4, &CHECK).contains("no log is anchored"));

    // Stamped again, the logs claim to be older than their stamp.
    (1..=3).for_each(|log| desk.opened(log));
    for log in 1..=3 {
        desk.clean(&["log", "close", &format!("log/{log}.ndjson"), "--as-of", &format!("2026-0{log}-01T00:00:00Z")]);
    }
    desk.clean(&["log", "anchor", "--anchor", "exec:./stamp"]);
    let said = desk.fails(1, &CHECK);
    assert!(said.contains("3 logs, numbers 1 to 3, were anchored late: number 1 was closed on 2026-01-01T"), "{said}");
    let said = desk.fails(1, &[&CHECK[..], &["--anchored-from", "3"]].concat());
    assert!(said.contains("log number 3 was anchored late"), "{said}");
    desk.clean(&[&CHECK[..], &["--anchored-within", "4000"]].concat());
    desk.clean(&[&CHECK[..], &["--anchored-from", "4"]].concat());
}

#[test]
fn an_anchor_that_was_tampered_with_is_found() {
    let desk = desk("anchor-tampered");
    desk.anchored(1);
    desk.anchored(2);
    let (path, token) = ("log/1.ndjson.anchor", desk.read("log/1.ndjson.anchor"));
    let check = |bytes: &[u8], expected: &str| {
        desk.write(path, bytes);
        let said = desk.fails(4, &CHECK);
        assert!(said.contains("1.ndjson.anchor: ") && said.contains(expected), "{expected}: {said}");
    };
    check(&desk.read("log/2.ndjson.anchor"), "it is a time stamp of another manifest");
    check(&token[..token.len() - 1], "it is a damaged time stamp");
    check(&token[..40], "it is a damaged time stamp");
    check(&[&token[..], b"\n"].concat(), "it is a damaged time stamp");
    check(b"{\"logIndex\":7}", "it is no RFC 3161 time stamp, so --tsa cannot check it");
    check(b"", "it is no RFC 3161 time stamp");
    // Its time, and its signature.
    let time = token.windows(3).position(|three| three == [0x18, 0x0f, b'2']).expect("a time") + 2;
    let mut altered = token.clone();
    altered[time + 3] ^= 1;
    check(&altered, "its signature does not hold under tsa/root.pem");
    let mut altered = token.clone();
    *altered.last_mut().expect("bytes") ^= 1;
    check(&altered, "its signature does not hold under tsa/root.pem");
    desk.write(path, &token);
    desk.clean(&CHECK);

    let said = desk.fails(4, &["log", "verify", "--tsa", "other/root.pem"]);
    assert!(said.contains("its signature does not hold under other/root.pem"), "{said}");
    desk.fails(3, &["log", "verify", "--tsa", "nowhere.pem"]);
    // A stamp of another authority, of the right manifest.
    program(&desk, "stamp", &stamping("other", "-token_out"));
    std::fs::remove_file(desk.0.join(path)).expect("is there");
    std::fs::remove_file(desk.0.join("log/2.ndjson.anchor")).expect("is there");
    desk.clean(&["log", "anchor", "--anchor", "exec:./stamp"]);
    assert!(desk.fails(4, &CHECK).contains("2.ndjson.anchor: its signature does not hold"));
    // The key that is a root signs no time stamps.
    std::fs::copy(desk.0.join("tsa/root.key"), desk.0.join("tsa/key")).expect("copies");
    std::fs::copy(desk.0.join("tsa/root.pem"), desk.0.join("tsa/tsa.pem")).expect("copies");
    program(&desk, "stamp", &stamping("tsa", "-token_out"));
    std::fs::remove_file(desk.0.join("log/2.ndjson.anchor")).expect("is there");
    desk.fails(1, &["log", "anchor", "--anchor", "exec:./stamp"]);
}

#[test]
fn a_program_that_fails_never_loses_the_log() {
    let desk = desk("anchor-fails");
    let programs = [
        ("exit 3", "./hook ended with exit status: 3: it does not say why"),
        ("echo no network >&2; exit 1", "no network"),
        ("sleep 30", "./hook did not end within 3 seconds, and was stopped"),
        ("sleep 30 &", "a program that it started still holds its output"),
        ("true", "the program answered nothing"),
        ("head -c 1100000 /dev/zero", "answered more than 1048576 bytes"),
        ("echo 00ff | ./stamp", "error: ./hook ended with"),
        (
            "echo 1111111111111111111111111111111111111111111111111111111111111111 | ./stamp",
            "a time stamp of another manifest",
        ),
        ("./stamp | head -c 200", "it is a damaged time stamp"),
    ];
    for (at, (lines, expected)) in programs.into_iter().enumerate() {
        let seconds = if lines.starts_with("sleep") { "3" } else { "60" };
        let hook = ["--anchor", "exec:./hook", "--anchor-seconds", seconds];
        program(&desk, "hook", lines);
        let said = match at {
            0 => desk.fails(1, &[&["log", "close", "log/1.ndjson"][..], &hook].concat()),
            _ => desk.fails(1, &[&["log", "anchor"][..], &hook].concat()),
        };
        assert!(said.contains(expected) && said.contains("try again with selvedge log anchor log"), "{lines}: {said}");
        assert!(!desk.0.join("log/1.ndjson.anchor").exists(), "{lines}");
        assert!(desk.clean(&["log", "verify"]).starts_with("ok: 1 log"), "{lines}");
    }
    let said = desk.fails(1, &["log", "anchor", "--anchor", "exec:./nowhere"]);
    assert!(said.contains("./nowhere does not start"), "{said}");
    desk.fails(2, &["log", "anchor"]);
    // Nothing is closed under a setting that cannot be meant.
    desk.fails(2, &["log", "close", "log/2.ndjson", "--anchor", "./stamp"]);
    assert!(!desk.0.join("log/2.ndjson.manifest").exists());
    // No shell reads the name.
    desk.fails(1, &["log", "anchor", "--anchor", "exec:./stamp; touch ran"]);
    assert!(!desk.0.join("ran").exists());
    assert!(desk.clean(&["log", "anchor", "--anchor", "exec:./stamp"]).contains("anchored, 20"));
    desk.clean(&CHECK);
}

#[test]
fn a_transparency_log_is_checked_by_a_program() {
    let desk = desk("anchor-opaque");
    program(&desk, "enter", "read digest; echo \"{\\\"entry\\\":\\\"$digest\\\"}\"");
    program(&desk, "check", "read digest; grep -q \"$digest\" \"$1\" && date -u +%Y-%m-%dT%H:%M:%SZ");
    let check = ["log", "verify", "--check-anchor", "exec:./check"];
    desk.fails(4, &check);
    assert!(
        desk.clean(&["log", "close", "log/1.ndjson", "--anchor", "exec:./enter"]).contains("no RFC 3161 time stamp")
    );
    assert!(desk.clean(&check).starts_with("anchored: up to number 1 nothing was rewritten since 20"));
    assert!(desk.clean(&["log", "verify"]).contains("(signature not checked"));
    desk.clean(&["log", "close", "log/2.ndjson"]);
    std::fs::copy(desk.0.join("log/1.ndjson.anchor"), desk.0.join("log/2.ndjson.anchor")).expect("copies");
    assert!(desk.fails(4, &check).contains("2.ndjson.anchor: it does not hold: ./check ended with exit status: 1"));
}
