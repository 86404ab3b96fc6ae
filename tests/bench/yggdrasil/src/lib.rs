//! Unleash's engine as Wasm, behind five functions and no glue.
//!
//! Takes JSON that JavaScript wrote into [`room`]: the flags, a visitor, or a flag's name; gives numbers. It counts no metrics and has no
//! clock.

use std::cell::RefCell;

use chrono::DateTime;
use unleash_types::client_features::{ClientFeatures, Context};
use unleash_yggdrasil::EngineState;

struct Held {
    room: Vec<u8>,
    engine: EngineState,
    visitor: Context,
}

thread_local! {
    static HELD: RefCell<Held> = RefCell::new(Held {
        room: Vec::new(),
        engine: EngineState::initial_state(DateTime::UNIX_EPOCH),
        visitor: Context::default(),
    });
}

/// Where to write this many bytes.
#[unsafe(no_mangle)]
pub extern "C" fn room(bytes: usize) -> *const u8 {
    HELD.with_borrow_mut(|held| {
        held.room.resize(held.room.len().max(bytes), 0);
        held.room.as_ptr()
    })
}

/// Opens the flags; 1 if every one of them could be compiled.
#[unsafe(no_mangle)]
pub extern "C" fn open(bytes: usize) -> u32 {
    HELD.with_borrow_mut(|held| {
        let Ok(flags) = serde_json::from_slice::<ClientFeatures>(&held.room[..bytes]) else { return 0 };
        held.room = Vec::new();
        u32::from(held.engine.apply_client_features(flags).is_none())
    })
}

/// Takes the next visitor; 1 if it is one.
#[unsafe(no_mangle)]
pub extern "C" fn meet(bytes: usize) -> u32 {
    HELD.with_borrow_mut(|held| match serde_json::from_slice(&held.room[..bytes]) {
        Ok(visitor) => {
            held.visitor = visitor;
            1
        }
        Err(_) => 0,
    })
}

/// The first byte of the variant that the flag of this name gives the visitor; 0 if it is off.
#[unsafe(no_mangle)]
pub extern "C" fn decide(bytes: usize) -> u32 {
    HELD.with_borrow(|held| {
        let Ok(name) = std::str::from_utf8(&held.room[..bytes]) else { return 0 };
        let variant = held.engine.get_variant(name, &held.visitor, &None);
        if variant.enabled { variant.name.bytes().next().map_or(0, u32::from) } else { 0 }
    })
}

/// How many flags are on for the visitor.
#[unsafe(no_mangle)]
pub extern "C" fn decide_all() -> u32 {
    HELD.with_borrow(|held| {
        let all = held.engine.resolve_all(&held.visitor, &None);
        all.map_or(0, |all| all.values().filter(|flag| flag.variant.enabled).count() as u32)
    })
}

/// Seeds of hash tables: every flag of the bench is split by the visitor's id, so nothing else asks for randomness.
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_v03_custom(room: *mut u8, bytes: usize) -> Result<(), getrandom::Error> {
    // SAFETY: the caller owns `bytes` bytes from `room` on.
    unsafe { core::ptr::write_bytes(room, 0x5e, bytes) };
    Ok(())
}
