//! What people write in, a checked [`site::Site`] and diagnostics out.
pub mod diagnostic;
pub mod expr;
pub mod site;
