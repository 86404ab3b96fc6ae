//! The forms of the documents that other programs read: the register of processing, `/.well-known/personalization`,
//! the change record of a release, the difference of two, and the distance of markets.
//!
//! Takes a document's kind, gives its JSON Schema (draft-07), and says what keeps a text from being one.

use super::{ChangeRecord, Decided, Distance, ProcessorRopa, ReleaseDiff, Ropa};
use crate::compile::notice::Personalization;

/// A kind of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    /// What `selvedge ropa export --format json` writes.
    Ropa,
    /// The same with `--processor`.
    Processor,
    /// What `/.well-known/personalization` answers.
    Personalization,
    /// What `selvedge diff --json` writes.
    Diff,
    /// The change record of a release.
    Change,
    /// What `selvedge decide --json` writes for one context.
    Decisions,
    /// What `selvedge report markets --json` writes.
    Distance,
}

impl Document {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::Ropa,
        Self::Processor,
        Self::Personalization,
        Self::Diff,
        Self::Change,
        Self::Decisions,
        Self::Distance,
    ];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        self.row().0
    }

    /// Its description, in a line.
    pub const fn about(self) -> &'static str {
        self.row().1
    }

    /// Its JSON Schema.
    pub const fn schema(self) -> &'static str {
        self.row().2
    }

    const fn row(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Ropa => ("ropa", "selvedge ropa export --format json", include_str!("ropa.schema.json")),
            Self::Processor => (
                "processor",
                "selvedge ropa export --processor NAME --format json",
                include_str!("processor.schema.json"),
            ),
            Self::Personalization => {
                ("personalization", "/.well-known/personalization", include_str!("../compile/notice.schema.json"))
            }
            Self::Diff => ("diff", "selvedge diff --json", include_str!("diff.schema.json")),
            Self::Change => ("change", "the change record of a release", include_str!("change.schema.json")),
            Self::Decisions => ("decisions", "selvedge decide --json", include_str!("decided.schema.json")),
            Self::Distance => ("distance", "selvedge report markets --json", include_str!("markets.schema.json")),
        }
    }

    /// The reason why `text` is not such a document, with line and column.
    ///
    /// # Errors
    /// The first fault.
    pub fn check(self, text: &str) -> Result<(), String> {
        let read = match self {
            Self::Ropa => serde_json::from_str::<Ropa>(text).map(drop),
            Self::Processor => serde_json::from_str::<ProcessorRopa>(text).map(drop),
            Self::Personalization => serde_json::from_str::<Personalization>(text).map(drop),
            Self::Diff => serde_json::from_str::<ReleaseDiff>(text).map(drop),
            Self::Change => serde_json::from_str::<ChangeRecord>(text).map(drop),
            Self::Decisions => serde_json::from_str::<Decided>(text).map(drop),
            Self::Distance => serde_json::from_str::<Distance>(text).map(drop),
        };
        read.map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::Value;

    use super::*;
    use crate::author;
    use crate::compile::notice::{notice, personalization};
    use crate::report::{processor_ropa, ropa};

    fn shop() -> author::site::Site {
        loaded().0
    }

    fn loaded() -> (author::site::Site, author::Sources) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/storefront");
        let (site, _, sources) = author::load(&folder);
        (site.expect("the shop has no fault"), sources)
    }

    #[test]
    fn the_shops_documents_are_valid_and_no_key_is_left_out_or_added() {
        let (shop, sources) = loaded();
        let register = ropa(&shop, &sources);
        let processor = processor_ropa(&shop, &register, "Kentmere CRM Ltd").expect("is a processor");
        let documents = [
            (Document::Ropa, serde_json::to_value(register).expect("serializes")),
            (Document::Processor, serde_json::to_value(processor).expect("serializes")),
            (Document::Personalization, serde_json::to_value(personalization(&shop)).expect("serializes")),
            (Document::Distance, serde_json::to_value(crate::report::distance(&shop)).expect("serializes")),
        ];
        for (kind, document) in documents {
            let schema: Value = serde_json::from_str(kind.schema()).expect("is JSON");
            assert!(jsonschema::meta::is_valid(&schema), "{}", kind.name());
            let validator = jsonschema::validator_for(&schema).expect("is a schema");
            let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
            assert_eq!(errors, Vec::<String>::new());
            assert_eq!(kind.check(&document.to_string()), Ok(()));
            for key in document.as_object().expect("an object").keys() {
                let mut without = document.clone();
                without.as_object_mut().map(|all| all.shift_remove(key));
                assert!(!validator.is_valid(&without), "{}: {key} can be left out", kind.name());
            }
            let mut stranger = document.clone();
            stranger["zz"] = Value::Null;
            assert!(!validator.is_valid(&stranger) && kind.check(&stranger.to_string()).is_err());
        }
    }

    #[test]
    fn the_texts_are_those_of_the_purposes() {
        let (shop, sources) = loaded();
        let document = personalization(&shop);
        for one in &document.purposes {
            let purpose = crate::words::Purpose::from_name(&one.purpose).expect("is a purpose");
            assert_eq!(Some(&one.text), shop.consent.texts.get(&purpose), "{purpose}");
        }
        let ropa = ropa(&shop, &sources);
        for activity in &ropa.activities {
            let told = document.purposes.iter().find(|one| one.purpose == activity.purpose).expect("is told");
            assert_eq!(activity.text.as_ref(), Some(&told.text));
        }
    }

    #[test]
    fn the_notice_and_the_register_name_the_same_recipients_cookies_and_answerable_persons() {
        let (shop, sources) = loaded();
        let (told, register) = (personalization(&shop), ropa(&shop, &sources));
        for activity in &register.activities {
            let gets = |names: &[String]| names.contains(&activity.purpose);
            let given: Vec<&str> =
                told.recipients.iter().filter(|one| gets(&one.purposes)).map(|one| &*one.name).collect();
            assert_eq!(given.len(), activity.recipients.len(), "{}", activity.purpose);
            assert!(given.iter().zip(&activity.recipients).all(|(name, line)| line.starts_with(name)));
            let sent = told.transfers.iter().filter(|one| gets(&one.purposes));
            assert_eq!(sent.count(), activity.transfers.len());
        }
        let kept = |days: u32| crate::report::retention(days);
        let cookies = told.cookies.iter().map(|one| (&one.name, one.lifetime_seconds.map(kept)));
        let listed = register.cookies.iter().map(|one| (&one.name, one.kept.clone()));
        assert_eq!(cookies.collect::<Vec<_>>(), listed.collect::<Vec<_>>());
        let (one, other) = (told.controller.expect("is told"), register.controller.expect("is listed"));
        assert_eq!((one.officer, one.authority, one.address), (other.officer, other.authority, other.address));
        let has =
            |site: &author::site::Site, right: &str| personalization(site).rights.iter().any(|one| one.right == right);
        assert!(
            ["access", "erasure", "portability", "objection", "withdrawal", "complaint"]
                .iter()
                .all(|one| has(&shop, one))
        );
        // Without an interest of the site's own, there is nothing to object to.
        let mut agreed = shop.clone();
        agreed.consent.records.log_basis = None;
        for class in agreed.consent.classes.values_mut() {
            class.basis = Some(author::site::LawfulBasis::Consent);
        }
        assert!(has(&agreed, "withdrawal") && !has(&agreed, "objection"));
    }

    #[test]
    fn the_notice_is_a_line_for_gpc_and_the_document() {
        let notice = String::from_utf8(notice(&shop())).expect("is UTF-8");
        let (gpc, document) = notice.split_once('\n').expect("two parts");
        assert_eq!(gpc, "{\"gpc\":true,\"lastUpdate\":\"2026-11-20\"}");
        assert_eq!(Document::Personalization.check(document), Ok(()));
    }
}
