//! Properties of every row.

use proptest::prelude::*;

use super::super::{RULES, check_row, mentions, sentence};
use super::{Catalogue, words};
use crate::author::diagnostic::Severity;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_text_is_checked(row in any::<String>()) {
        holds(&row)?;
    }

    #[test]
    fn any_words_are_checked(row in any_words()) {
        holds(&row)?;
    }

    #[test]
    fn a_slip_of_the_keyboard_is_checked(row in prop::sample::select(ROWS), at in any::<prop::sample::Index>(), typed in any::<char>()) {
        let mut slipped: Vec<char> = row.chars().collect();
        let at = at.index(slipped.len());
        slipped[at] = typed;
        holds(&slipped.iter().collect::<String>())?;
        slipped.remove(at);
        holds(&slipped.iter().collect::<String>())?;
        holds(&row[..at])?;
    }
}

/// Right rows, in ASCII so that they can be cut anywhere.
const ROWS: &[&str] = &[
    "request.country in [\"DE\", 'AT'] && !audience.returning",
    "has(profile.age) ? profile.age >= 18 : size(page.tags) == 0x1F",
    "page.path.startsWith(r\"/shop\") || profile.score < -1.5e3 // and more",
    "audience.`big-spenders` != (visitor.visits_30d > 2)",
    "has(visitor.last_order) && now - visitor.last_order > duration(\"72h\") + duration(\"1h\")",
    "page.tags.exists(t, t.lowerAscii().glob(\"*sale*\")) || [1, 2].all(n, visitor.visits_30d * n % 3 == 1)",
    "semver(app.version).isLessThan(semver(\"2.0.0-rc.1\")) && now.getHours(\"Europe/Berlin\") >= 18",
    "cidr(\"10.0.0.0/8\").containsIP(request.ip) || ip(request.ip).family() == 6 || profile.age == null",
    "\"\"\"a\"\"\" == page.title && '\\u00e9\\x41\\101' != page.path",
];

/// The promises of `check_row`.
fn holds(row: &str) -> Result<(), TestCaseError> {
    let catalogue = Catalogue::new();
    let scope = catalogue.scope();
    let (condition, findings) = check_row(row, &scope);
    let failed = findings.iter().any(|finding| finding.severity == Severity::Error);
    prop_assert_eq!(condition.is_none(), failed, "an error or a condition, never both or neither: {:?}", findings);
    for finding in &findings {
        prop_assert!(finding.place.start <= finding.place.end, "{:?}", finding);
        prop_assert!(row.get(finding.place.clone()).is_some(), "{:?}", finding);
        prop_assert!(RULES.iter().any(|(code, ..)| *code == finding.code));
        prop_assert!(!finding.what.is_empty() && !finding.what.ends_with('.'), "{}", &finding.what);
    }
    if let Some(condition) = condition {
        let (attributes, audiences) = mentions(&condition);
        prop_assert!(attributes.iter().all(|position| *position < scope.attributes.len()));
        prop_assert!(audiences.iter().all(|position| *position < scope.audiences.len()));
        prop_assert!(!sentence(&condition, &scope).is_empty());
    }
    Ok(())
}

/// Words of the language in any order: far more likely to reach the checker than any text.
fn any_words() -> impl Strategy<Value = String> {
    let mut all = words(
        r#"request.country  request.secure  visitor.visits_30d  profile.age  profile.subscribed  profile.name  page.tags
        page.path  audience.returning  audience.big-spenders  nothing  true  null  1  -2  2.5  3u  "DE"  'UK'  b'x'
        “x”  [  ]  (  )  {  }  ,  .  ?  :  !  -  +  ==  !=  <  >=  in  &&  ||  =  &  not  and  is  has(profile.age)
        size(page.tags)  .size()  .contains("a")  .startsWith(  now  *  /  %  visitor.first_seen  visitor.last_order
        app.version  timestamp("2026-12-01T08:00:00Z")  duration("1d")  duration(  int(  semver(  ip(
        cidr("10.0.0.1/8").containsIP(  .isLessThan(  .compareTo(  .getHours("Berlin")  .family()  .exists(t, t ==
        .all(x, x  [1, 2].exists_one(n, n >  t  x  .lowerAscii()  .glob("*")  between  like  today  has(  matches  DE
        `  "  \  //"#,
    );
    all.push("\n");
    prop::collection::vec(prop::sample::select(all), 0..12).prop_map(|words| words.join(" "))
}
