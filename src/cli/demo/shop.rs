//! The truth about the example shop: what each arm does to the people who see it.

use serde_json::{Value, json};

/// An experiment, and what its treatment does. A share of 0.2 is a fifth more.
pub(super) struct Planted {
    pub(super) experiment: &'static str,
    pub(super) experience: &'static str,
    pub(super) slot: &'static str,
    pub(super) content: &'static str,
    /// More visitors who order.
    pub(super) orders: f64,
    /// More orders that are sent back.
    pub(super) returns: f64,
    /// The share of treated visitors whose exposure never arrives: the page breaks for them.
    pub(super) lost: f64,
}

/// What is planted. Visitors of all three pages see all three.
pub(super) const PLANTED: [Planted; 3] = [
    Planted {
        experiment: "winter-hero",
        experience: "hero",
        slot: "home.hero",
        content: "hero/winter",
        orders: 0.25,
        returns: 0.0,
        lost: 0.0,
    },
    Planted {
        experiment: "easy-returns",
        experience: "banner",
        slot: "home.banner",
        content: "banner/easy",
        orders: 0.10,
        returns: 0.9,
        lost: 0.0,
    },
    Planted {
        experiment: "new-shelf",
        experience: "shelf",
        slot: "home.shelf",
        content: "shelf/new",
        orders: 0.0,
        returns: 0.0,
        lost: 0.1,
    },
];

/// The share of visitors who order, with nothing personalized.
pub(super) const ORDERS: f64 = 0.08;
/// The share of orders that are sent back.
pub(super) const RETURNS: f64 = 0.25;
/// The share of visitors who open a product.
pub(super) const PRODUCT_VIEWS: f64 = 0.55;
/// The share of visitors who are held back, of 10,000 points: `share` in selvedge.toml.
pub(super) const HELD: u32 = 2_000;

/// Everything that is planted, as the log shows it.
pub(super) fn truth() -> Value {
    // Half of the visitors of each experiment are treated, independently of the others.
    let all: f64 = PLANTED.iter().map(|planted| 1.0 + planted.orders / 2.0).product();
    let of = |planted: &Planted| {
        // A returned order needs an order: both shares multiply.
        let returns = (1.0 + planted.orders) * (1.0 + planted.returns) - 1.0;
        json!({ "study": planted.experiment, "orders": planted.orders, "product-views": 0.0, "returns": returns, "exposures lost in the treatment": planted.lost })
    };
    json!({
        "about": "Relative effects of the treatment on visitors. selvedge analyze does not read this file.",
        "experiments": PLANTED.iter().map(of).collect::<Vec<Value>>(),
        "holdouts": [{ "study": "global", "orders": all - 1.0 }],
        "sent twice": 0.01,
    })
}
