//! The rooms of `src`: its top folders, and which of them imports which.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

type Graph = BTreeMap<String, BTreeSet<String>>;

#[test]
fn no_two_rooms_import_each_other() {
    let graph = graph();
    for (room, imports) in &graph {
        println!("{room} -> {}", imports.iter().cloned().collect::<Vec<_>>().join(" "));
    }
    assert!(graph.len() > 10, "the rooms were not found");
    assert_eq!(circle(&graph), None, "these rooms import each other, directly or through others");
    assert_eq!(graph["words"], BTreeSet::new(), "the vocabulary imports nothing");
    for leaf in ["edge", "browser", "cli"] {
        let importers: Vec<&String> = graph.iter().filter(|(_, to)| to.contains(leaf)).map(|(room, _)| room).collect();
        assert!(importers.is_empty(), "`{leaf}` is a door and is imported by {importers:?}");
    }
}

#[test]
fn a_circle_of_three_rooms_is_found() {
    let edge = |from: &str, to: &[&str]| (from.to_owned(), to.iter().map(|to| (*to).to_owned()).collect());
    let mut graph = Graph::from([edge("a", &["b"]), edge("b", &["c"]), edge("c", &[]), edge("d", &["a", "c"])]);
    assert_eq!(circle(&graph), None);
    graph.extend([edge("c", &["a"])]);
    assert_eq!(circle(&graph).map(|rooms| rooms.len()), Some(3));
    let text = "use crate::a::b;\n// crate::c\nlet x = crate::d::E;\n#[cfg(test)]\nmod tests {\n    use crate::f;\n}\n";
    assert_eq!(imports(text), ["a".to_owned(), "d".to_owned()].into());
}

/// Every room with what it imports outside its tests.
fn graph() -> Graph {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut graph = Graph::new();
    for entry in std::fs::read_dir(&src).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            let room = entry.file_name().expect("a name").to_string_lossy().into_owned();
            let mut found = BTreeSet::new();
            walk(&entry, &mut found);
            found.remove(&room);
            graph.insert(room, found);
        }
    }
    let rooms: BTreeSet<String> = graph.keys().cloned().collect();
    graph.values_mut().for_each(|imports| imports.retain(|room| rooms.contains(room)));
    graph
}

fn walk(path: &Path, found: &mut BTreeSet<String>) {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if path.is_dir() && name != "tests" {
        for entry in std::fs::read_dir(path).expect("a folder") {
            walk(&entry.expect("an entry").path(), found);
        }
    } else if name.ends_with(".rs") && name != "tests.rs" {
        found.extend(imports(&std::fs::read_to_string(path).expect("a file")));
    }
}

/// The rooms that a file names, outside comments and its tests.
fn imports(text: &str) -> BTreeSet<String> {
    let text = text.split("\nmod tests {").next().unwrap_or_default();
    let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    let rooms = code.flat_map(|line| {
        line.split("crate::").skip(1).map(|rest| {
            rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect::<String>()
        })
    });
    let rooms: BTreeSet<String> = rooms.collect();
    assert!(!rooms.contains(""), "`use crate::{{…}}` hides its rooms: write one import for each room");
    rooms
}

/// Rooms that form a circle, if any do.
fn circle(graph: &Graph) -> Option<Vec<String>> {
    // A room is taken away once it imports nothing that is left. What cannot be taken away lies on a circle, or above one.
    let mut left = graph.clone();
    loop {
        let gone: Vec<String> = left.iter().filter(|(_, to)| to.is_empty()).map(|(room, _)| room.clone()).collect();
        if gone.is_empty() {
            break;
        }
        for room in gone {
            left.remove(&room);
            left.values_mut().for_each(|to| to.retain(|other| *other != room));
        }
    }
    let mut path = vec![left.keys().next()?.clone()];
    loop {
        let next = left[path.last()?].iter().next()?.clone();
        if let Some(start) = path.iter().position(|room| *room == next) {
            return Some(path.split_off(start));
        }
        path.push(next);
    }
}
