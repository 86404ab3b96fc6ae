//! Tables: the same rows as aligned text, CSV, Markdown or HTML.
//!
//! Start at [`Table`]. A cell is one line of plain text: each form escapes its own markup.

use super::markup::{html, markdown, one_line};

pub(super) struct Table {
    head: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

#[derive(Default)]
pub(super) struct Cell {
    text: String,
    class: String,
    notes: Vec<String>,
}

impl Cell {
    /// With a class of its element and smaller lines below the text. Only HTML has them.
    pub(super) fn new(text: impl Into<String>, class: &str, notes: Vec<String>) -> Self {
        Self { class: class.to_owned(), notes, ..text.into().into() }
    }

    pub(super) fn classed(mut self, class: &str) -> Self {
        self.class = format!("{} {class}", self.class).trim_start().to_owned();
        self
    }
}

/// The name of a column, and its cell for an item.
pub(super) type Column<T> = (&'static str, fn(&T) -> String);

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text: one_line(&text), ..Self::default() }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl Table {
    /// No rows yet. A table without names is not headed.
    pub(super) fn new<N: Into<String>>(head: impl IntoIterator<Item = N>) -> Self {
        Self { head: head.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    /// A row for each item.
    pub(super) fn of<T>(columns: &[Column<T>], items: impl IntoIterator<Item = T>) -> Self {
        let mut table = Self::new(columns.iter().map(|(name, _)| *name));
        items.into_iter().for_each(|item| table.row(columns.iter().map(|(_, cell)| cell(&item))));
        table
    }

    pub(super) fn row<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Columns that are as wide as they need; the last is as long as it is.
    pub(super) fn text(&self) -> String {
        let lines: Vec<Vec<&str>> = self.lines().collect();
        let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
        let width = |at: usize| lines.iter().filter_map(|line| line.get(at)).map(|cell| cell.chars().count()).max();
        let widths: Vec<usize> = (1..columns).map(|column| width(column - 1).unwrap_or(0)).chain([0]).collect();
        let padded = |line: &Vec<&str>| {
            let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
        };
        lines.iter().map(padded).collect()
    }

    /// Comma-separated values as RFC 4180 has them. A cell that a spreadsheet would run as a formula is written as text.
    pub(super) fn csv(&self) -> String {
        let field = |cell: &str| {
            // A spreadsheet runs a cell that starts like this as a formula. A leading quote makes it a text (OWASP).
            let guard = if cell.starts_with(['=', '+', '-', '@', '\t']) { "'" } else { "" };
            let is_plain = guard.is_empty() && !cell.contains(['"', ',']);
            if is_plain { cell.to_owned() } else { format!("\"{guard}{}\"", cell.replace('"', "\"\"")) }
        };
        let line = |line: Vec<&str>| line.into_iter().map(field).collect::<Vec<_>>().join(",") + "\r\n";
        self.lines().map(line).collect()
    }

    /// A table of Markdown (GFM). `rule` stands below each name.
    pub(super) fn markdown(&self, rule: &str) -> String {
        let line = |line: Vec<&str>| line.into_iter().map(|cell| format!("| {} ", markdown(cell))).collect::<String>();
        let mut lines: Vec<String> = self.lines().map(|cells| line(cells) + "|\n").collect();
        lines.insert(lines.len().min(1), format!("|{rule}").repeat(self.head.len()) + "|\n");
        lines.concat()
    }

    /// A table of HTML. The first cell of a row is its heading.
    pub(super) fn html(&self, caption: &str) -> String {
        let names = self.head.iter().map(|name| format!("<th scope=\"col\">{}</th>", html(name)));
        let mut out = format!("<table><caption class=\"unseen\">{}</caption>\n", html(caption));
        out += &format!("<thead><tr>{}</tr></thead>\n<tbody>\n", names.collect::<String>());
        for row in &self.rows {
            out += "<tr>";
            for (at, Cell { text, class, notes }) in row.iter().enumerate() {
                let (open, close) = if at == 0 { ("th scope=\"row\"", "th") } else { ("td", "td") };
                let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
                let notes = notes.iter().map(|note| format!("<small>{}</small>", html(note)));
                let notes = notes.collect::<String>();
                out += &format!("<{open}{class}>{}{notes}</{close}>", html(text));
            }
            out += "</tr>\n";
        }
        out + "</tbody></table>"
    }

    /// The names, if there are any, and every row.
    fn lines(&self) -> impl Iterator<Item = Vec<&str>> {
        let head = self.head.iter().map(String::as_str).collect::<Vec<_>>();
        let rows = self.rows.iter().map(|row| row.iter().map(|cell| cell.text.as_str()).collect());
        Some(head).filter(|head| !head.is_empty()).into_iter().chain(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(cells: &[&str]) -> Table {
        let mut table = Table::new(["name", "what"]);
        table.row(["a", "b"]);
        table.row(cells.iter().copied());
        table
    }

    #[test]
    fn columns_are_as_wide_as_they_need() {
        assert_eq!(table(&["größer", "x y "]).text(), "name    what\na       b\ngrößer  x y\n");
        let mut unnamed = Table::new::<&str>([]);
        assert_eq!((unnamed.text(), unnamed.is_empty()), (String::new(), true));
        unnamed.row(["one", "", "two\nlines"]);
        assert_eq!(unnamed.text(), "one    two lines\n");
    }

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        let mut table = Table::new(["a", "b"]);
        table.row(["b, c", "say \"yes\""]);
        table.row(["=1+1", ""]);
        assert_eq!(table.csv(), "a,b\r\n\"b, c\",\"say \"\"yes\"\"\"\r\n\"'=1+1\",\r\n");
    }

    #[test]
    fn markup_in_a_cell_is_text() {
        assert_eq!(
            table(&["a|b", "<img src=x> [y](z) &lt; two\nlines"]).markdown("---"),
            "| name | what |\n|---|---|\n| a | b |\n| a\\|b | &lt;img src=x> \\[y\\](z) &amp;lt; two lines |\n"
        );
        let html = table(&["<b>", "\"&\""]).html("t");
        assert!(html.contains("<th scope=\"row\">&lt;b&gt;</th><td>&quot;&amp;&quot;</td></tr>"), "{html}");
    }
}
