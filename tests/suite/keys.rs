//! Keys of environments that visitors see, approvals, and several people on several machines: the commands.

mod jobs;
mod overlays;
mod roots;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub(crate) const PASSPHRASE: &str = "correct horse";

/// A checkout of a site, and a folder to build into.
pub(crate) struct Desk {
    pub(crate) folder: PathBuf,
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Desk {
    /// A new site with these lines at the end of `selvedge.toml`.
    pub(crate) fn new(name: &str, more: &str) -> Self {
        Self::of("examples/storefront", name, more)
    }

    /// As [`new`](Self::new), of another example.
    pub(crate) fn of(example: &str, name: &str, more: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("selvedge-keys-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join(example);
        copy(&shop, &folder.join("site"));
        let _ = std::fs::remove_dir_all(folder.join("site/.selvedge"));
        let desk = Self { folder };
        desk.edit("selvedge.toml", |text| format!("{text}\n{more}\n"));
        desk
    }

    /// The same checkout on another machine: without private keys.
    pub(crate) fn elsewhere(&self, name: &str) -> Self {
        let folder = self.folder.with_extension(name);
        let _ = std::fs::remove_dir_all(&folder);
        copy(&self.folder.join("site"), &folder.join("site"));
        let _ = std::fs::remove_dir_all(folder.join("site/.selvedge"));
        Self { folder }
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    pub(crate) fn edit(&self, path: &str, change: impl FnOnce(String) -> String) {
        let path = self.path("site").join(path);
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        std::fs::write(path, change(text)).expect("writes");
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        self.run_with(arguments, Some(PASSPHRASE))
    }

    pub(crate) fn run_with(&self, arguments: &[&str], passphrase: Option<&str>) -> (Option<i32>, String) {
        let Output { status, stdout, stderr } = self.output(arguments, passphrase, None);
        (status.code(), String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned())
    }

    /// Runs the command as of a build's time of issue.
    pub(crate) fn output(&self, arguments: &[&str], passphrase: Option<&str>, issued_s: Option<u64>) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_selvedge"));
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env_remove("SELVEDGE_PASSPHRASE")
            .stdin(std::process::Stdio::null());
        if let Some(passphrase) = passphrase {
            command.env("SELVEDGE_PASSPHRASE", passphrase);
        }
        if let Some(issued_s) = issued_s {
            command.env("SOURCE_DATE_EPOCH", issued_s.to_string());
        }
        command.output().expect("runs")
    }

    /// Runs what must go well, and gives the JSON that it printed.
    pub(crate) fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let Output { status, stdout, stderr } = self.output(arguments, Some(PASSPHRASE), None);
        assert!(status.code().is_some_and(|code| code < 2), "{arguments:?}: {}", String::from_utf8_lossy(&stderr));
        serde_json::from_slice(&stdout).expect("is JSON")
    }

    /// Runs what must go well, and gives what it said.
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let (code, said) = self.run(arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {said}");
        said
    }

    /// Runs what must not, and gives what it said.
    pub(crate) fn fails(&self, code: i32, arguments: &[&str]) -> String {
        let (found, said) = self.run(arguments);
        assert_eq!(found, Some(code), "{arguments:?}: {said}");
        said
    }

    pub(crate) fn new_key(&self, more: &[&str]) -> String {
        self.ok(&[&["keys", "new", "site", "--env", "production"], more].concat())
    }

    pub(crate) fn build(&self) -> String {
        self.ok(&["build", "site", "--env", "production", "--out", "out"])
    }

    pub(crate) fn sign(&self) -> (Option<i32>, String) {
        self.run(&["sign", "site", "--env", "production", "--release", "out"])
    }

    pub(crate) fn has_head(&self) -> bool {
        self.path("out/v1/production/head").exists()
    }

    /// Takes a folder of another desk, as git or a share would.
    pub(crate) fn take(&self, from: &Desk, folder: &str) {
        let _ = std::fs::remove_dir_all(self.path(folder));
        copy(&from.path(folder), &self.path(folder));
    }

    /// Writes a program of the shell, and gives its name as an option takes it.
    #[cfg(unix)]
    pub(crate) fn program(&self, name: &str, text: &str) -> String {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.path(name);
        std::fs::write(&path, format!("#!/bin/sh\nset -e\n{text}")).expect("writes");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("is a program");
        format!("exec:{}", path.display())
    }

    /// The key of a signing service, here a file that OpenSSL signs with. Gives the public half.
    #[cfg(unix)]
    pub(crate) fn openssl_key(&self, name: &str) -> String {
        let text = format!(
            "openssl genpkey -algorithm ed25519 -out {name}.pem 2>/dev/null && openssl pkey -in {name}.pem -pubout -outform DER | tail -c 32 | od -An -tx1 | tr -d ' \\n' > {name}.pub"
        );
        assert!(Command::new("sh").args(["-c", &text]).current_dir(&self.folder).status().expect("runs").success());
        std::fs::read_to_string(self.path(&format!("{name}.pub"))).expect("a key")
    }

    /// A program that signs with a key of OpenSSL, if its arguments are these.
    #[cfg(unix)]
    pub(crate) fn openssl_signer(&self, key: &str, arguments: &str) -> String {
        let folder = self.folder.display();
        let text = format!(
            "[ \"$1 $2 $3\" = \"{arguments}\" ]\ncat > {folder}/{key}.message\nopenssl pkeyutl -sign -rawin -inkey {folder}/{key}.pem -in {folder}/{key}.message\n"
        );
        self.program(&format!("sign-{key}"), &text)
    }

    /// Moves a private key to another desk.
    pub(crate) fn give_key(&self, to: &Desk, name: &str) {
        let place = format!("site/.selvedge/keys/production/{name}.pem");
        std::fs::create_dir_all(to.path("site/.selvedge/keys/production")).expect("makes a folder");
        std::fs::rename(self.path(&place), to.path(&place)).expect("moves");
    }
}

pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("makes a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let to = to.join(path.file_name().expect("a name"));
        match path.is_dir() {
            true => copy(&path, &to),
            false => assert!(std::fs::copy(&path, to).is_ok(), "copies"),
        }
    }
}

pub(crate) const APPROVALS: &str = "[approvals]\nconsent = [\"privacy\", \"legal\"]\nrules = [\"decisioning\"]\ncontent = [\"content\"]\ntrusted = [\"engineering\"]";

#[test]
fn an_environment_gets_keys_that_are_sealed_and_signs_with_them() {
    let desk = Desk::new("first", "");
    let said = desk.new_key(&[]);
    assert!(said.contains("ROOT_VERSION=1") && said.contains("never commit"), "{said}");
    for name in ["root", "release", "timestamp", "overlay"] {
        let pem =
            std::fs::read_to_string(desk.path(&format!("site/.selvedge/keys/production/{name}.pem"))).expect("a key");
        assert!(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"), "{pem}");
    }
    assert!(desk.path("site/.selvedge/keys/production/.gitignore").exists());
    desk.build();
    desk.ok(&["verify", "out", "--root", "site/trust/production/root/1.cose"]);
    // The keys of development are others, and open nothing here.
    assert!(!desk.path("site/.selvedge/keys/root.pem").exists());
    let (code, said) = desk.run_with(&["build", "site", "--env", "production", "--out", "other"], Some("wrong"));
    assert!(code == Some(3) && said.contains("does not open with the passphrase"), "{said}");
    let (code, said) = desk.run_with(&["build", "site", "--env", "production", "--out", "other"], None);
    assert!(code == Some(2) && said.contains("SELVEDGE_PASSPHRASE"), "{said}");
    let said = desk.ok(&["keys", "list", "site", "--env", "production"]);
    assert!(said.contains("release: 1 of 1 must sign") && said.contains("its file is here"), "{said}");
    let said = desk.fails(3, &["keys", "new", "site", "--env", "production"]);
    assert!(said.contains("has keys already"), "{said}");
    let said = desk.fails(2, &["keys", "new", "site", "--env", "development"]);
    assert!(said.contains("keys of its own"), "{said}");
    let said = desk.fails(2, &["keys", "new", "site", "--env", "staging"]);
    assert!(said.contains("no environment `staging`"), "{said}");
}

#[test]
fn openssl_reads_a_key_and_its_keys_are_read() {
    let desk = Desk::new("openssl", "");
    desk.new_key(&[]);
    let openssl = |arguments: &[&str]| {
        let output = Command::new("openssl").args(arguments).current_dir(&desk.folder).output();
        output.map(|output| {
            (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
        })
    };
    let key = "site/.selvedge/keys/production/release.pem";
    let pass = format!("pass:{PASSPHRASE}");
    let Ok((is_read, said)) = openssl(&["pkey", "-in", key, "-passin", &pass, "-noout"]) else { return };
    assert!(is_read, "{said}");
    let made = openssl(&["genpkey", "-algorithm", "ed25519", "-aes-256-cbc", "-pass", &pass, "-out", "made.pem"]);
    assert!(made.expect("runs").0);
    // OpenSSL stretches the passphrase by 2,048 rounds unless it is told otherwise.
    std::fs::copy(desk.path("made.pem"), desk.path("site/.selvedge/keys/production/release.pem")).expect("copies");
    let (code, said) = desk.run(&["build", "site", "--env", "production", "--out", "out"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("2048 rounds") && said.contains("Missing signatures: release: 1 of `release`"), "{said}");
    assert!(!desk.has_head());
}

#[test]
fn several_people_sign_on_several_machines() {
    let alice = Desk::new("people", "");
    alice.new_key(&[]);
    let bob = alice.elsewhere("bob");
    // Bob makes his keys on his own machine, and only their public halves travel.
    let said = bob.new_key(&["--role", "root", "--name", "root-bob", "--threshold", "2"]);
    assert!(said.contains("does not count yet"), "{said}");
    let said = bob.new_key(&["--role", "release", "--name", "release-bob", "--threshold", "2"]);
    assert!(said.contains("does not count yet") && said.contains("selvedge sign"), "{said}");
    alice.take(&bob, "site/trust");
    let said = alice.ok(&["sign", "site", "--env", "production"]);
    assert!(said.contains("root 2 of `production`") && said.contains("ROOT_VERSION=2"), "{said}");
    bob.take(&alice, "site/trust");

    let (code, said) = alice.run(&["build", "site", "--env", "production", "--out", "out"]);
    assert!(code == Some(0) && said.contains("Missing signatures: release: 1 of `release`"), "{said}");
    assert!(!alice.has_head() && alice.path("out/v1/production/proposal").exists());
    let said = alice.fails(4, &["verify", "out"]);
    assert!(said.contains("waits here for signatures"), "{said}");
    // Alice alone cannot finish it, however often she signs.
    assert_eq!(alice.sign().0, Some(1));
    assert!(!alice.has_head());

    bob.take(&alice, "out");
    let (code, said) = bob.sign();
    assert!(code == Some(1) && said.contains("timestamp: 1 of `timestamp`"), "{said}");
    alice.take(&bob, "out");
    let (code, said) = alice.sign();
    assert!(code == Some(0) && said.contains("every signature is there"), "{said}");
    alice.ok(&["verify", "out", "--root", "site/trust/production/root/2.cose"]);
    assert!(!alice.path("out/v1/production/proposal").exists());
    assert!(alice.sign().1.contains("no release of `production` waits"));

    // A next release leaves the one that hosts see as it is until it is whole.
    alice.edit("content/banner/eu.toml", |text| {
        text.replacen("html = \"", "html = \"New: ", 1).replacen("text = \"", "text = \"New: ", 1)
    });
    alice.build();
    let said = alice.fails(4, &["verify", "out"]);
    assert!(!said.contains("no signed document lists this file"), "{said}");
    assert!(alice.has_head());

    // Somebody whose checkout differs signs nothing.
    bob.take(&alice, "out");
    let (code, said) = bob.sign();
    assert!(code == Some(3) && said.contains("is not what these sources build"), "{said}");
}

#[test]
fn a_key_is_replaced_and_revoked_by_a_root_that_the_one_before_signs() {
    let desk = Desk::new("rotate", "");
    desk.new_key(&[]);
    desk.build();
    let list = || desk.ok(&["keys", "list", "site", "--env", "production", "--json"]);
    let before = list();
    let said = desk.ok(&["keys", "rotate", "site", "--env", "production", "--name", "timestamp"]);
    assert!(said.contains("root 2 of"), "{said}");
    let said = desk.ok(&["keys", "rotate", "site", "--env", "production", "--name", "root"]);
    assert!(said.contains("root 3 of"), "{said}");
    assert_ne!(before, list());
    desk.build();
    desk.ok(&["verify", "out", "--root", "site/trust/production/root/3.cose"]);
    desk.ok(&["verify", "out", "--root", "site/trust/production/root/1.cose"]);

    let said = desk.fails(3, &["keys", "revoke", "site", "--env", "production", "--name", "release"]);
    assert!(said.contains("Add another key first"), "{said}");
    desk.new_key(&["--role", "release", "--name", "release-2"]);
    desk.ok(&["keys", "revoke", "site", "--env", "production", "--name", "release"]);
    desk.build();
    desk.ok(&["verify", "out", "--root", "site/trust/production/root/5.cose"]);

    // A root that the one before did not sign is no successor, whoever wrote it.
    let own = Desk::new("intruder", "");
    own.new_key(&[]);
    std::fs::copy(own.path("site/trust/production/root/1.cose"), desk.path("site/trust/production/root/6.cose"))
        .expect("copies");
    let (code, said) = desk.run(&["keys", "list", "site", "--env", "production"]);
    assert!(said.contains("does not count yet") && code == Some(0), "{said}");
    desk.build();
    desk.ok(&["verify", "out", "--root", "site/trust/production/root/5.cose"]);
}

#[test]
fn a_key_is_for_one_role() {
    let desk = Desk::new("roles", "");
    desk.new_key(&[]);
    let keys: serde_json::Value =
        serde_json::from_str(&desk.ok(&["keys", "list", "site", "--env", "production", "--json"])).expect("is JSON");
    let release = keys["roles"]["release"]["keys"][0]["public"].as_str().expect("a key").to_owned();
    let twice =
        ["keys", "new", "site", "--env", "production", "--role", "timestamp", "--name", "two", "--public", &release];
    let said = desk.fails(3, &twice);
    assert!(said.contains("`release` of the role `release` already"), "{said}");
    desk.edit("trust/production/keys.toml", |text| format!("{text}\n[data]\nthreshold = 1\ntwo = \"{release}\"\n"));
    let said = desk.fails(3, &["keys", "rotate", "site", "--env", "production"]);
    assert!(said.contains("A key signs for one role"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_program_signs_with_a_key_that_never_leaves_it() {
    let desk = Desk::new("program", "");
    desk.new_key(&[]);
    if Command::new("openssl").arg("version").output().is_err() {
        return;
    }
    let program = |name: &str, text: &str| desk.program(name, text);
    let folder = desk.folder.display();
    let public = desk.openssl_key("kms");
    desk.new_key(&["--role", "release", "--name", "kms", "--public", &public]);
    desk.ok(&["keys", "revoke", "site", "--env", "production", "--name", "release"]);
    let sign = format!(
        "[ \"$1 $2 $3\" = \"kms release production\" ]\ncat > {folder}/message\nopenssl pkeyutl -sign -rawin -inkey {folder}/kms.pem -in {folder}/message\n"
    );
    let build = |signer: &str| {
        desk.run(&["build", "site", "--env", "production", "--out", "out", "--signer", &format!("kms={signer}")])
    };
    let (code, said) = build(&program("sign", &sign));
    assert!(code == Some(0) && desk.has_head(), "{said}");
    for (name, text, why) in [
        ("chatty", format!("echo hello\n{sign}"), "answered 70 bytes"),
        ("wrong", "cat > /dev/null\nhead -c 64 /dev/zero\n".to_owned(), "signed with another key"),
        ("locked", "echo 'card is locked' >&2\nexit 3\n".to_owned(), "card is locked"),
    ] {
        let (code, said) = build(&program(name, &text));
        assert!(code == Some(3) && said.contains(why), "{name}: {said}");
    }
}

#[test]
fn each_class_needs_the_signatures_of_its_roles_and_keeps_them_while_it_is_the_same() {
    let desk = Desk::new("approvals", APPROVALS);
    desk.new_key(&[]);
    let said = desk.ok(&["keys", "list", "site", "--env", "production"]);
    assert!(said.contains("consent must be approved by privacy and legal"), "{said}");
    desk.build();
    desk.ok(&["verify", "out", "--root", "site/trust/production/root/1.cose"]);

    // The keys of the approvers go to their own machines.
    let privacy = desk.elsewhere("privacy");
    let decisioning = desk.elsewhere("decisioning");
    desk.give_key(&privacy, "privacy");
    desk.give_key(&decisioning, "decisioning");
    desk.give_key(&privacy, "legal");

    // A change of content alone needs nobody of the other classes: their signatures are still good.
    desk.edit("content/banner/eu.toml", |text| text.replacen("Delivered", "Sent", 1) + "\n# new\n");
    let text = std::fs::read_to_string(desk.path("site/content/banner/eu.toml")).expect("content");
    assert!(text.contains("# new"));
    let said = desk.build();
    assert!(!said.contains("Missing"), "{said}");

    // A change of rules needs decisioning, and not privacy.
    desk.edit("experiences/banner-place.toml", |text| text.replacen("\"CH\"", "\"LI\"", 1));
    let said = desk.build();
    assert!(said.contains("Missing signatures: rules: 1 of `decisioning`."), "{said}");
    // A change of consent needs all that sign the program.
    desk.edit("attributes.toml", |text| format!("{text}\n[\"profile.shoe_size\"]\ntype = \"int\"\nsource = \"account\"\npurposes = [\"personalization\"]\ndepth = \"declared\"\nretention = \"30d\"\nrange = [20, 50]\ndescription = \"The size of shoes\"\n"));
    let said = desk.build();
    assert!(said.contains("consent: 1 of `privacy`, consent: 1 of `legal`, rules: 1 of `decisioning`"), "{said}");
    let (code, said) = desk.sign();
    assert!(code == Some(1) && said.contains("consent: 1 of `privacy`"), "{said}");
    for other in [&privacy, &decisioning] {
        let keys = other.path("site/.selvedge");
        std::fs::rename(&keys, other.path("kept")).expect("moves");
        other.take(&desk, "site");
        let _ = std::fs::remove_dir_all(&keys);
        std::fs::rename(other.path("kept"), &keys).expect("moves");
        other.take(&desk, "out");
        assert_eq!(other.sign().0, Some(1));
        desk.take(other, "out");
    }
    let (code, said) = desk.sign();
    assert!(code == Some(0), "{said}");
    desk.ok(&["verify", "out", "--root", "site/trust/production/root/1.cose"]);
    // The policy of the root counts, and not that of a file that the author can edit.
    desk.edit("selvedge.toml", |text| text.replace(APPROVALS, ""));
    desk.edit("experiences/banner-place.toml", |text| text.replacen("\"LI\"", "\"AT\"", 1));
    let said = desk.build();
    assert!(said.contains("rules: 1 of `decisioning`"), "{said}");
}

#[test]
fn an_experience_is_paused_and_resumed_without_a_release() {
    let desk = Desk::new("pause", "");
    desk.new_key(&[]);
    desk.build();
    let decide =
        |more: &[&str]| desk.ok(&[&["decide", "out", "--country", "DE", "--slots", "home.banner"], more].concat());
    let order = |verb: &str, name: &str, more: &[&str]| {
        desk.run(&[&[verb, name, "--site", "site", "--publish", "out"], more].concat())
    };
    let release = |said: &str| said.split(", expires").next().map(str::to_owned);
    let (before, verified) = (decide(&[]), desk.ok(&["verify", "out"]));
    assert!(before.contains("banner/eu  TARGETING_MATCH"), "{before}");

    let (code, said) = order("pause", "banner-place", &["--reason", "wrong price", "--until", "2099-01-01"]);
    assert!(code == Some(0) && said.contains("is paused until 2099-01-01"), "{said}");
    let paused = decide(&["--explain"]);
    assert!(
        paused.contains("DISABLED (PAUSED)") && paused.contains("Paused until") && paused.contains("wrong price"),
        "{paused}"
    );
    assert!(decide(&["--as-of", "2099-01-01"]).contains("banner/eu"), "the end has come");
    let now = desk.ok(&["verify", "out"]);
    assert_eq!(release(&now), release(&verified), "the release is the same");
    assert!(now.contains("pause `banner-place`") && now.contains("wrong price"), "{now}");
    // A build keeps the order: it is not the release's to take back.
    desk.edit("content/banner/ch.toml", |text| text + "\n# new\n");
    desk.build();
    assert!(decide(&[]).contains("PAUSED"));

    let (code, said) = order("resume", "banner-place", &[]);
    assert!(code == Some(0) && said.contains("no longer paused"), "{said}");
    assert_eq!(decide(&[]), before);
    assert_eq!(order("resume", "banner-place", &[]).0, Some(2), "there is nothing to take back");
    let (code, said) = order("pause", "banner-plaice", &["--reason", "x"]);
    assert!(code == Some(2) && said.contains("banner-place"), "{said}");
    assert_eq!(order("pause", "banner-place", &["--reason", "x", "--until", "2020-01-01"]).0, Some(2));
    assert_eq!(order("pause", "banner-place", &["--reason", " "]).0, Some(2));

    let (code, said) = order("stop", "first-shelf", &["--reason", "guardrail crossed"]);
    assert!(code == Some(0) && said.contains("is stopped until it is resumed"), "{said}");
    let (code, _) = order("resume", "first-shelf", &[]);
    assert_eq!(code, Some(2), "it was not paused");
    assert_eq!(order("resume", "first-shelf", &["--stopped"]).0, Some(0));

    // A record says which orders held, so that the decision comes out the same when they are long gone.
    assert_eq!(order("pause", "banner-place", &["--reason", "wrong price"]).0, Some(0));
    let record = decide(&["--audit", "--values", "--keys", "audit.keys"]);
    let line = record.lines().find(|line| line.contains("\"audit\"")).expect("a record");
    assert!(line.contains(r#""orders":["pause banner-place"]"#) && line.contains("PAUSED"), "{line}");
    std::fs::write(desk.path("log.ndjson"), format!("{line}\n")).expect("writes");
    assert_eq!(order("resume", "banner-place", &[]).0, Some(0));
    let replayed = desk.ok(&["replay", "log.ndjson", "--archive", "out", "--keys", "audit.keys"]);
    assert!(replayed.contains("1 made again byte for byte"), "{replayed}");
    let forged = line.replace("[\"pause banner-place\"]", "[]");
    std::fs::write(desk.path("log.ndjson"), format!("{forged}\n")).expect("writes");
    assert_eq!(desk.run(&["replay", "log.ndjson", "--archive", "out", "--keys", "audit.keys"]).0, Some(4));

    // Static pages name the number of a root that is not the first.
    desk.ok(&["keys", "rotate", "site", "--env", "production"]);
    desk.build();
    assert!(desk.ok(&["block", "out"]).contains("\"rootVersion\":2"));

    // Without the keys of overlay and timestamp nobody pauses anything.
    let other = desk.elsewhere("other");
    other.take(&desk, "out");
    let (code, said) = other.run(&["pause", "banner-place", "--site", "site", "--publish", "out", "--reason", "x"]);
    assert!(code == Some(3) && said.contains("the key of `overlay` is not in"), "{said}");
}
