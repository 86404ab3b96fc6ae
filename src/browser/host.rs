//! Replaces the parts of std that the engine needs: an allocator and the end of a panic.
//!
//! Without std the engine is a third smaller: no message of a panic is kept, and none can be read in a page anyhow. A panic is a fault of
//! ours; it traps, and `engine.js` leaves the page as it is.

use rlsf::SmallGlobalTlsf;

/// Constant time and small. One page has one engine and one thread.
#[global_allocator]
static ALLOCATOR: SmallGlobalTlsf = SmallGlobalTlsf::new();

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
