//! A decision in answer.json: what was shown in each place, why, and what would have changed it.

use serde_json::{Map, Value, json};

use super::answer;
use super::chosen::chosen;
use super::content;
use super::lang::Lang;
use super::made::{Made, Teller};
use super::visits;
use crate::cli::replay::{Gone, Told};
use crate::explain::Otherwise;
use crate::words::Purpose;

/// A decision that was made again.
pub(super) fn again(teller: Teller<'_>, made: &Made<'_>, told: &Told, is_same: bool) -> Value {
    let choices = chosen(teller, made).choices;
    let slots = made.recorded.slots.iter().map(|slot| {
        let why = told.explanations.iter().find(|one| one.slot == slot.slot);
        let otherwise = why.into_iter().flat_map(|why| &why.otherwise).filter(|one| one.differs);
        let choice = choices.iter().find(|one| one.slot == slot.slot);
        let (shown, because) =
            match (teller.lang, why) {
                (_, None) => (None, None),
                (Lang::En, Some(why)) => (Some(why.headline.clone()), Some(why.because.clone())),
                (Lang::De, Some(_)) => (
                    Some(shown(teller.lang, made, slot.content())),
                    Some(choice.map_or_else(
                        || "Keine Regel traf zu.".to_owned(),
                        |choice| visits::because(teller.lang, choice),
                    )),
                ),
            };
        json!({
            "slot": slot.slot, "content": slot.content(), "read": slot.read().collect::<Vec<_>>(),
            "shown": shown, "because": because,
            "otherwise": otherwise.map(|one| sentence(teller.lang, made, one)).collect::<Vec<_>>(),
            "without_history": told.without_history.get(&slot.slot),
        })
    });
    let (recorded, values) = (made.recorded, made.values);
    json!({
        "record": recorded.id, "at": recorded.at, "bundle": recorded.bundle,
        "verdict": if is_same { "same" } else { "different" },
        "values": answer::named(values).into_iter().collect::<Map<_, _>>(), "ids": values.ids,
        "slots": slots.collect::<Vec<_>>(),
    })
}

/// A decision of which some values are past their time.
pub(super) fn expired(made: &Made<'_>) -> Value {
    let (recorded, values) = (made.recorded, made.values);
    let slots = recorded.slots.iter().map(|slot| json!({"slot": slot.slot, "content": slot.content()}));
    let until = |one: &Gone| (one.attribute.clone().unwrap_or("ids".into()), one.until.clone().into());
    json!({
        "record": recorded.id, "at": recorded.at, "bundle": recorded.bundle, "verdict": "expired",
        "expired": made.gone.iter().map(until).collect::<Map<_, _>>(),
        "values": answer::named(values).into_iter().collect::<Map<_, _>>(), "ids": values.ids,
        "slots": slots.collect::<Vec<_>>(),
    })
}

fn shown(lang: Lang, made: &Made<'_>, content: Option<&str>) -> String {
    let words = |name: &str| made.opened.and_then(|opened| content::words(opened, name, Some(lang.tag())));
    match content {
        None => lang.say("Keeps the page’s own content.", "Es bleibt beim Inhalt der Seite selbst.").to_owned(),
        Some(name) => {
            let words = lang.quoted(&words(name).filter(|words| !words.is_empty()).unwrap_or_else(|| name.to_owned()));
            lang.say(format!("Shows {words}."), format!("Zeigt {words}."))
        }
    }
}

/// What would have been shown without a permission.
fn sentence(lang: Lang, made: &Made<'_>, one: &Otherwise) -> String {
    if lang == Lang::En {
        return one.sentence.clone();
    }
    let names = one.purposes.iter().filter_map(|name| Purpose::from_name(name)).map(|one| lang.purpose(one));
    let names = names.map(|name| lang.quoted(name)).collect::<Vec<_>>();
    format!(
        "Ohne Ihre Erlaubnis für {}: {}",
        super::markup::listed(lang, &names),
        shown(lang, made, one.content.as_deref())
    )
}
