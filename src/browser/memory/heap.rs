//! The memory of the whole engine: everything is freed when it is not needed any more, as visitors come by the million.

#[cfg(not(feature = "std"))]
use rlsf::SmallGlobalTlsf;

/// Constant time and small. One page has one engine and one thread.
#[cfg(not(feature = "std"))]
#[global_allocator]
static ALLOCATOR: SmallGlobalTlsf = SmallGlobalTlsf::new();
