//! A picture of contacts per person and week, as SVG: how many weeks of persons have so many contacts.

use std::fmt::Write as _;

use super::Tally;

const WIDTH: u64 = 720;
const HEIGHT: u64 = 300;
const FOOT: u64 = 48;
const LEFT: u64 = 56;
/// The widest number of contacts, and the widest share.
const NUMBER: u64 = 24;
const SHARE: u64 = 40;

/// The picture.
pub fn picture(tally: &Tally, title: &str) -> String {
    let total: u64 = tally.weeks.values().sum();
    let most = tally.weeks.keys().max().copied().unwrap_or(0);
    let high = tally.weeks.values().max().copied().unwrap_or(1).max(1);
    let step = (WIDTH - LEFT - 16) / (most + 1);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" role=\"img\" \
         font-family=\"sans-serif\" font-size=\"12\">\n<title>{}</title>\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n\
         <text x=\"{LEFT}\" y=\"20\" font-size=\"14\">Contacts of a person in a week</text>\n",
        crate::page::escape_text(title)
    );
    let room = HEIGHT - FOOT - 40;
    for contacts in 0..=most {
        let weeks = tally.weeks.get(&contacts).copied().unwrap_or(0);
        let (height, x) = (weeks * room / high, LEFT + contacts * step);
        let (y, wide) = (HEIGHT - FOOT - height, step.saturating_sub(4).max(1));
        let share = (weeks * 1_000).checked_div(total).unwrap_or(0);
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{wide}\" height=\"{height}\" fill=\"#2b6cb0\"><title>{contacts}: {weeks} weeks of persons, \
             {}.{} %</title></rect>",
            share / 10,
            share % 10
        );
        let middle = x + wide / 2;
        if contacts % NUMBER.div_ceil(step.max(1)) == 0 {
            let below = HEIGHT - FOOT + 16;
            let _ = writeln!(svg, "<text x=\"{middle}\" y=\"{below}\" text-anchor=\"middle\">{contacts}</text>");
        }
        // Bars have their share as a title, too. It is written where it meets no other.
        if weeks > 0 && contacts % SHARE.div_ceil(step.max(1)) == 0 {
            let _ = writeln!(
                svg,
                "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\" font-size=\"10\">{}.{} %</text>",
                y.saturating_sub(4),
                share / 10,
                share % 10
            );
        }
    }
    let (foot, end) = (HEIGHT - FOOT, WIDTH - 16);
    let _ = writeln!(svg, "<line x1=\"{LEFT}\" y1=\"{foot}\" x2=\"{end}\" y2=\"{foot}\" stroke=\"#333\"/>");
    let _ = writeln!(
        svg,
        "<text x=\"{LEFT}\" y=\"{}\">contacts in the week, of {total} weeks of persons</text>",
        HEIGHT - 12
    );
    svg + "</svg>\n"
}
