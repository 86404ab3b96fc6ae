//! t
pub(crate) fn run() -> anyhow::Result<bool> {
    Ok(false)
}
