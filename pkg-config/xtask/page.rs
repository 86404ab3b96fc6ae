//! Tables that a task measures, in the page that shows them.

use anyhow::Context as _;

use crate::process::path;

/// The page of measurements.
pub(crate) const BENCHMARKS: &str = "docs/benchmarks.md";

/// Puts a table between `<!-- name -->` and `<!-- /name -->` of a page.
pub(crate) fn put(page: &str, name: &str, table: &str) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(path(page)).with_context(|| format!("could not read {page}"))?;
    std::fs::write(path(page), with(&text, name, table).with_context(|| format!("{page} has no place for {name}"))?)?;
    println!("wrote the table `{name}` of {page}");
    Ok(())
}

fn with(text: &str, name: &str, table: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- {name} -->"), format!("<!-- /{name} -->"));
    let (before, rest) = text.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}\n{table}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::with;

    #[test]
    fn a_table_takes_the_place_of_the_one_before() {
        let page = "a\n<!-- sizes -->\nold\n<!-- /sizes -->\nb\n";
        assert_eq!(with(page, "sizes", "new\n").as_deref(), Some("a\n<!-- sizes -->\nnew\n<!-- /sizes -->\nb\n"));
        assert_eq!(with(page, "bench", "new\n"), None);
        assert_eq!(with("<!-- sizes -->\nno end", "sizes", "new\n"), None);
    }
}
