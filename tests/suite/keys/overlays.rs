//! Overlays that several people sign, each on their own machine.

use super::Desk;

const PAUSE: [&str; 8] = ["pause", "banner-place", "--site", "site", "--publish", "out", "--reason", "wrong price"];
const SIGN: [&str; 6] = ["sign", "site", "--env", "production", "--overlay", "out"];

/// Alice has every key but the second one of `overlay`, which Bob has. Both must sign.
fn people(name: &str) -> (Desk, Desk) {
    let alice = Desk::new(name, "");
    alice.new_key(&[]);
    alice.new_key(&["--role", "overlay", "--name", "overlay-bob", "--threshold", "2"]);
    alice.build();
    let bob = alice.elsewhere("bob");
    alice.give_key(&bob, "overlay-bob");
    (alice, bob)
}

fn shown(desk: &Desk) -> String {
    desk.ok(&["decide", "out", "--country", "DE", "--slots", "home.banner"])
}

fn head(desk: &Desk) -> Vec<u8> {
    std::fs::read(desk.path("out/v1/production/head")).expect("a head")
}

#[test]
fn an_order_holds_when_the_last_one_has_signed_it() {
    let (alice, bob) = people("orders");
    let before = head(&alice);
    let said = alice.fails(1, &PAUSE);
    assert!(said.contains("as soon as every signature is there"), "{said}");
    assert!(said.contains("Missing signatures: overlay: 1 of `overlay`.") && said.contains("--overlay out"), "{said}");
    assert_eq!(head(&alice), before);
    assert!(!shown(&alice).contains("PAUSED"));
    // Alice alone cannot finish it, however often she signs.
    let said = alice.fails(1, &SIGN);
    assert!(said.contains("overlay: 1 of `overlay`"), "{said}");
    let said = alice.ok(&["verify", "out"]);
    assert!(
        said.contains("waits here for signatures") && said.contains("new: pause `banner-place`: wrong price"),
        "{said}"
    );
    let said = alice.ok(&["publish", "out", "live"]);
    assert!(said.contains("waits in out for signatures, and was not published"), "{said}");

    // Another order comes along with what waits, and both are told.
    let stop = ["stop", "first-shelf", "--site", "site", "--publish", "out", "--reason", "guardrail"];
    let said = alice.fails(1, &stop);
    assert!(said.contains("comes along") && said.contains("new: pause `banner-place`"), "{said}");
    // A build in the meantime leaves it alone.
    alice.edit("content/banner/ch.toml", |text| text + "\n# new\n");
    alice.build();

    // Orders are given when something is wrong: Bob's sources are broken.
    bob.edit("slots.toml", |_| "[".to_owned());
    bob.take(&alice, "out");
    let said = bob.fails(1, &SIGN);
    assert!(
        said.contains("new: pause `banner-place`") && said.contains("new: stop `first-shelf`: guardrail"),
        "{said}"
    );
    assert!(said.contains("Missing signatures: timestamp: 1 of `timestamp`"), "{said}");
    alice.take(&bob, "out");
    let said = alice.ok(&SIGN);
    assert!(said.contains("every signature is there"), "{said}");
    assert!(shown(&alice).contains("PAUSED"));
    alice.ok(&["publish", "out", "live"]);
    let said = alice.ok(&["verify", "live", "--root", "site/trust/production/root/1.cose"]);
    assert!(said.contains("pause `banner-place`") && said.contains("stop `first-shelf`"), "{said}");
    assert!(alice.ok(&SIGN).contains("no overlay of `production` waits"));

    // A build keeps both signatures, although one of the keys is elsewhere.
    alice.edit("content/banner/ch.toml", |text| text + "\n# newer\n");
    let said = alice.build();
    assert!(!said.contains("Missing"), "{said}");
    assert!(shown(&alice).contains("PAUSED"));

    // To take an order back needs both as well.
    let said = alice.fails(1, &["resume", "banner-place", "--site", "site", "--publish", "out"]);
    assert!(said.contains("is no longer paused as soon as"), "{said}");
    let said = alice.fails(1, &SIGN);
    assert!(said.contains("taken back: pause `banner-place`") && said.contains("as now: stop `first-shelf`"), "{said}");
    assert!(shown(&alice).contains("PAUSED"));
    bob.take(&alice, "out");
    bob.fails(1, &SIGN);
    alice.take(&bob, "out");
    alice.ok(&SIGN);
    assert!(!shown(&alice).contains("PAUSED"));
}

#[test]
fn a_list_of_withdrawals_waits_too() {
    let (alice, bob) = people("list");
    let revoke = ["revoke", "site", "--account", "4711", "--publish", "out"];
    let said = alice.fails(1, &revoke);
    assert!(said.contains("waits for production as overlay") && said.contains("overlay: 1 of `overlay`"), "{said}");
    bob.take(&alice, "out");
    let said = bob.fails(1, &SIGN);
    assert!(said.contains("list of withdrawals: 6 entries, of them 6 new; 0 of before are not in it"), "{said}");
    alice.take(&bob, "out");
    alice.ok(&SIGN);
    let said = alice.ok(&["verify", "out"]);
    assert!(said.contains("withdrawals on other devices: 1"), "{said}");
}

#[test]
fn what_nobody_signed_and_what_is_outdated_never_comes_into_the_head() {
    let (alice, bob) = people("outdated");
    alice.fails(1, &PAUSE);
    bob.take(&alice, "out");
    // In the meantime a list comes into the head. Bob's order was made without it, and would take it back.
    bob.fails(1, &SIGN);
    let waiting = bob.path("out/v1/production/overlay");
    let kept = std::fs::read(&waiting).expect("a file");
    std::fs::remove_file(alice.path("out/v1/production/overlay")).expect("removes");
    alice.fails(1, &["revoke", "site", "--account", "4711", "--publish", "out"]);
    let other = alice.elsewhere("other");
    bob.give_key(&other, "overlay-bob");
    other.take(&alice, "out");
    other.fails(1, &SIGN);
    alice.take(&other, "out");
    alice.ok(&SIGN);
    std::fs::write(alice.path("out/v1/production/overlay"), &kept).expect("writes");
    let before = head(&alice);
    let said = alice.fails(3, &SIGN);
    assert!(said.contains("is outdated: the head has overlay"), "{said}");
    let said = alice.ok(&["verify", "out"]);
    assert!(said.contains("outdated, because another overlay came into the head"), "{said}");

    // Somebody who can write into the folder and has no key can put no order into it.
    let mut altered = kept.clone();
    let at = kept.windows(11).position(|bytes| bytes == b"wrong price").expect("the reason");
    altered[at] = b'W';
    for bytes in [altered, b"nonsense".to_vec(), Vec::new()] {
        std::fs::write(alice.path("out/v1/production/overlay"), bytes).expect("writes");
        let said = alice.fails(3, &SIGN);
        assert!(said.contains("no key of `overlay` signed this"), "{said}");
        let said = alice.fails(3, &PAUSE);
        assert!(said.contains("no key of `overlay` signed this"), "{said}");
        alice.fails(4, &["verify", "out"]);
    }
    assert_eq!(head(&alice), before);
    // A folder of somebody else is not signed, whatever waits in it.
    let stranger = Desk::new("folder-stranger", "");
    stranger.new_key(&[]);
    stranger.build();
    alice.take(&stranger, "out");
    let said = alice.fails(4, &SIGN);
    assert!(said.contains("is not one of this site"), "{said}");
}
