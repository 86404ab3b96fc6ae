//! Limits that several rooms agree on.

/// The largest whole number that every host can tell from its neighbours: 2^53 - 1, JavaScript's `MAX_SAFE_INTEGER`.
pub const INT_MAX: i64 = 9_007_199_254_740_991;
/// The longest id that a split assigns by.
pub const ID_BYTES_MAX: usize = 256;
/// The largest program: what a Worker with 128 MB can hold many times over, and far above 100,000 rules.
pub const PROGRAM_BYTES_MAX: usize = 8 << 20;
/// The largest content index.
pub const INDEX_BYTES_MAX: usize = 8 << 20;
/// The largest chunk of content, which is fetched while a visitor waits.
pub const CHUNK_BYTES_MAX: usize = 256 << 10;
/// The largest list of journeys: the heads of four earlier releases, and the names of slots.
pub const JOURNEYS_BYTES_MAX: usize = 96 << 10;
/// The largest data payload: a page fetches it whole before it decides. It holds about 100,000 rows.
pub const DATA_BYTES_MAX: usize = 1 << 20;
/// The most entries of a list of withdrawals. While a new list is opened an isolate of 128 MB holds two, of 6 MB each.
pub const REVOCATIONS_MAX: usize = 500_000;
/// The largest list of withdrawals: a header of 24 bytes and 12 bytes an entry.
pub const REVOCATIONS_BYTES_MAX: usize = 24 + REVOCATIONS_MAX * 12;
