//! `publish --for`: a Worker says what it reads, and gets nothing else.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use crate::keys::Desk;

/// A server that answers every request with this status and body.
fn server(status: u16, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut request = [0; 2048];
            let _ = stream.read(&mut request);
            let length = body.len();
            let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    format!("http://{address}/")
}

#[test]
fn a_release_that_the_worker_cannot_read_is_not_published() {
    let desk = Desk::new("readers", "");
    desk.ok(&["build", "site", "--out", "out"]);
    let refused = |body: &'static str, status: u16| {
        let said = desk.fails(3, &["publish", "out", "live", "--for", &server(status, body)]);
        assert!(!desk.path("live").exists(), "{said}");
        said
    };
    let said = refused(r#"{"ok":true,"engine":0,"formats":[4,5]}"#, 200);
    assert!(
        said.contains("reads engine level 0 and formats 4 to 5") && said.contains("needs engine level 1"),
        "{said}"
    );
    assert!(said.contains("Deploy the Worker"), "{said}");
    let said = refused(r#"{"ok":true,"engine":9,"formats":[2,3]}"#, 200);
    assert!(said.contains("formats 2 to 3"), "{said}");
    assert!(refused("<html>", 200).contains("no Worker answers"));
    let gone = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        format!("http://{}/", listener.local_addr().expect("an address"))
    };
    assert!(desk.fails(3, &["publish", "out", "live", "--for", &gone]).contains("no Worker answers"));

    // A Worker without a release still says what it reads; one from before says nothing, and reads what it read then.
    desk.ok(&[
        "publish",
        "out",
        "live",
        "--for",
        &server(503, r#"{"ok":false,"reason":"x","engine":2,"formats":[4,5]}"#),
    ]);
    desk.ok(&["publish", "out", "live", "--for", &server(200, r#"{"ok":true,"absent":{}}"#)]);
}
