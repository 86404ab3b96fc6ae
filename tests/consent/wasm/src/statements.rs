//! What the engine needs of each signal: what is granted and what is denied.

use alloc::string::String;
use core::alloc::{GlobalAlloc, Layout};
use core::hint::black_box;

use selvedge::consent::gpp::{self, Applicable};
use selvedge::consent::kind::{Kind, kind};
use selvedge::consent::platforms::{Answer, Group, PLATFORMS, google};
use selvedge::consent::statement::Statement;
use selvedge::consent::{tcf, usp};
use selvedge::words::Map;

/// What the text in the room says: granted purposes in the lowest eight bits, then denied ones, Global Privacy Control, how old a
/// minor is, and whether it is faulty.
///
/// `format`: 0 for what its content says (TCF, GPP, US Privacy), 1 OneTrust, 2 Cookiebot, 3 Didomi, 4 types of Google's consent mode
/// by number. `region`: whose sections apply; 0 all, 1 California's, 2 Europe's.
#[unsafe(no_mangle)]
pub extern "C" fn statement(format: u32, length: usize, now_ms: i64, region: u32) -> u32 {
    let text = crate::text(length);
    let groups = black_box(&GROUPS);
    let statement = match format {
        1..=3 => {
            let answer = Answer { text, chosen: Some("2026-11-10T10:00:00.000Z"), types: &Map::new() };
            PLATFORMS.get(format as usize - 1).map(|platform| (platform.read)(&answer, groups)).unwrap_or_default()
        }
        // Types by their number, as many as the text is long: a browser has them as texts, one by one.
        4 => google::of_types(
            text.bytes().map(|byte| (TYPES.get(usize::from(byte >> 1)).copied().unwrap_or_default(), byte & 1 == 1)),
            groups,
        ),
        _ => by_content(text, now_ms, region),
    };
    let Statement { granted, denied, gpc, minor, fault, .. } = statement;
    let minor = minor.map_or(0, |minor| minor as u32 + 1);
    let fault = u32::from(fault.is_some());
    u32::from(granted.bits()) | u32::from(denied.bits()) << 8 | u32::from(gpc) << 16 | minor << 17 | fault << 19
}

fn by_content(text: &str, now_ms: i64, region: u32) -> Statement {
    let policy = black_box(&TCF);
    match kind(text) {
        Kind::Tcf => tcf::statement(text, policy, now_ms),
        Kind::Gpp => {
            let applicable = match region {
                0 => Applicable::ALL,
                1 => Applicable::region("US-CA"),
                _ => Applicable::region("DE"),
            };
            gpp::statement(text, &black_box(gpp::Policy::default()), policy, applicable, now_ms)
        }
        Kind::Usp => usp::statement(text),
    }
}

/// The site's table travels in its bundle too.
static TCF: tcf::Policy = tcf::Policy {
    basis_order: [0, 1, 2],
    vendor: Some(28),
    max_age_days: 395,
    disclosed_vendors_from_ms: 0,
    needs: [const { tcf::Needs { purposes: 1, special_features: 0 } }; 8],
};

/// Stand for the names that a data layer has.
static TYPES: [&str; 2] = ["", ""];

/// A site's table travels in its bundle; its length and names are no part of the decoding.
static GROUPS: [Group; 2] = [const { Group { name: String::new(), purposes: 8 } }; 2];

/// Nothing here asks for memory.
struct Nothing;

unsafe impl GlobalAlloc for Nothing {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        core::ptr::null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static NOTHING: Nothing = Nothing;

#[panic_handler]
fn never(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
